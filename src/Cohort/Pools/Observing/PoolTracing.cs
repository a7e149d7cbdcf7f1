using System.Diagnostics;

namespace Cohort.Pools.Observing;

// Overview
//
//      caller                                   worker (a process, a thread, or the caller itself)
//      span Apply | Map | MapStream    ──►      span Task, one for each task or chunk; Activity.Current inside the function
//
// Where nobody listens to the source, nothing is made and nothing travels. A span that the listener does not want sampled
// has no object of its own; then the caller's current one is the parent, with its flag that says so.

/// <summary>The spans of pools.</summary>
internal static class PoolTracing
{
    /// <summary>What listeners of spans and of instruments ask for.</summary>
    public const string SourceName = "Cohort";

    public static ActivitySource Source { get; } = new(SourceName, typeof(PoolTracing).Assembly.GetName().Version?.ToString(3) ?? "");

    /// <summary>A span for a call, which does not become the current one; null when nobody wants it.</summary>
    public static Activity? StartCall(string kind, string pool, string function)
    {
        Activity? before = Activity.Current;
        Activity? span = Source.StartActivity(kind, ActivityKind.Client);
        Activity.Current = before;
        return span?.SetTag("cohort.pool", pool).SetTag("cohort.function", function);
    }

    /// <summary>Makes a span for a task the current one.</summary>
    public static Activity StartTask(TraceContext trace, string worker, uint? number, int? count)
    {
        Activity? span = ActivityContext.TryParse(trace.Parent, trace.State, isRemote: true, out ActivityContext parent)
            ? Source.CreateActivity("Task", ActivityKind.Server, parent)
            : null;

        // Nobody listens to ours here, but the function's own spans still belong to the caller's trace.
        span ??= new Activity("Task").SetParentId(trace.Parent);
        span.TraceStateString = trace.State;

        // The last that was added comes first when they are read.
        foreach ((string key, string? value) in trace.Baggage.Reverse())
        {
            span.AddBaggage(key, value);
        }

        span.SetTag("cohort.worker", worker).SetTag("cohort.function", trace.Function);
        if (number is { } task)
        {
            span.SetTag("cohort.task", task);
        }

        if (count is { } items)
        {
            span.SetTag("cohort.items", items);
        }

        return span.Start();
    }

    /// <summary>Ends a span, and leaves the current one as it is.</summary>
    public static void End(Activity span, Exception? fault)
    {
        if (fault is not null)
        {
            span.SetStatus(ActivityStatusCode.Error, fault.Message);
            span.SetTag("error.type", fault.GetType().FullName);
        }

        Activity? before = Activity.Current;
        span.Stop();
        Activity.Current = before == span ? null : before;
    }

    /// <summary>Runs an item in this thread, inside a span if its caller is traced.</summary>
    /// <exception cref="Exception">What the function threw.</exception>
    public static void RunHere(WorkItem item, string worker)
    {
        if (item.Watch?.Trace is not { } trace)
        {
            item.RunHere();
            return;
        }

        Activity? before = Activity.Current;
        Activity span = StartTask(trace, worker, null, item.Count);
        Exception? fault = null;
        try
        {
            item.RunHere();
        }
        catch (Exception exception)
        {
            fault = exception;
            throw;
        }
        finally
        {
            End(span, fault);
            Activity.Current = before;
        }
    }
}
