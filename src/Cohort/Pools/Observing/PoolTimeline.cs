using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Cohort.Pools.Observing;

/// <summary>The last events of a pool, for a picture of its run. Belongs to the dispatcher's gate, but for writing.</summary>
internal sealed class PoolTimeline(string pool)
{
    /// <summary>How many events are kept: the newest.</summary>
    public const int Capacity = 1 << 16;

    private readonly List<TimelineEvent> _events = [];
    private readonly long _origin = Stopwatch.GetTimestamp();
    private int _next;
    private long _dropped;

    public void Add(in TimelineEvent item)
    {
        if (_events.Count < Capacity)
        {
            _events.Add(item);
            return;
        }

        _events[_next] = item;
        _next = (_next + 1) % Capacity;
        _dropped++;
    }

    /// <summary>A task that a worker has run.</summary>
    public void AddTask(WorkerLedger worker, WorkItem item, long start, TimeSpan elapsed, bool failed) => Add(new TimelineEvent(
        "task", FunctionName.Of(item.Function.Function.Function), worker.Id, start, start + ToTicks(elapsed))
    {
        Detail = item.Describe(),
        TaskNumber = item.Number,
        Calls = item.Count,
        Outcome = failed ? "failed" : "done",
    });

    /// <summary>A worker is ready for tasks.</summary>
    public void AddStart(WorkerLedger worker, long initializerStart, TimeSpan initializerTime)
    {
        Add(new TimelineEvent("start", "start", worker.Id, worker.Launched, Stopwatch.GetTimestamp()));
        Add(new TimelineEvent("start", "initializer", worker.Id, initializerStart, initializerStart + ToTicks(initializerTime)));
    }

    /// <summary>A worker has ended, and so has what it was running.</summary>
    public void AddEnd(WorkerLedger worker, string cause, WorkItem? culprit, long culpritStart)
    {
        long now = Stopwatch.GetTimestamp();
        if (culprit is not null)
        {
            Add(new TimelineEvent("task", FunctionName.Of(culprit.Function.Function.Function), worker.Id, Math.Min(culpritStart, now), now)
            {
                Detail = culprit.Describe(),
                TaskNumber = culprit.Number,
                Calls = culprit.Count,
                Outcome = "lost",
            });
        }

        Add(new TimelineEvent("end", cause, worker.Id, now, now));
        Add(Life(worker, now));
    }

    /// <summary>What is kept so far, with the workers that live.</summary>
    public TimelineSnapshot Snapshot(IEnumerable<WorkerLedger> living)
    {
        long now = Stopwatch.GetTimestamp();
        List<TimelineEvent> events = [.. _events[_next..], .. _events[.._next], .. living.Select(worker => Life(worker, now))];
        return new TimelineSnapshot(pool, _origin, events, _dropped);
    }

    private static TimelineEvent Life(WorkerLedger worker, long end) => new("worker", worker.Name, worker.Id, worker.Launched, end)
    {
        ProcessId = worker.ProcessId,
    };

    private static long ToTicks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}

/// <summary>Something that took time, or a moment where start and end are one. Times are those of <see cref="Stopwatch"/>.</summary>
internal readonly record struct TimelineEvent(string Category, string Name, int WorkerId, long Start, long End)
{
    public string? Detail { get; init; }

    public string? Outcome { get; init; }

    public uint TaskNumber { get; init; }

    public int Calls { get; init; }

    public int ProcessId { get; init; }
}

/// <summary>A timeline as it was, to be written without the pool's gate.</summary>
internal sealed record TimelineSnapshot(string Pool, long Origin, List<TimelineEvent> Events, long Dropped)
{
    /// <summary>As JSON in the Trace Event Format, which chrome://tracing, Perfetto and others show.</summary>
    /// <exception cref="IOException">The stream does not take it.</exception>
    public void Write(Stream stream)
    {
        using Utf8JsonWriter json = new(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartObject("otherData");
        json.WriteNumber("droppedEvents", Dropped);
        json.WriteEndObject();
        json.WriteStartArray("traceEvents");
        WriteName(json, "process_name", 0, $"pool {Pool}");
        foreach (int worker in Events.Select(static item => item.WorkerId).Distinct().Order())
        {
            WriteName(json, "thread_name", worker, $"{Pool}:{worker}");
        }

        foreach (TimelineEvent item in Events.OrderBy(static item => item.Start).ThenByDescending(static item => item.End))
        {
            WriteEvent(json, item);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteName(Utf8JsonWriter json, string kind, int thread, string name)
    {
        json.WriteStartObject();
        json.WriteString("ph", "M");
        json.WriteString("name", kind);
        json.WriteNumber("pid", Environment.ProcessId);
        json.WriteNumber("tid", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteEvent(Utf8JsonWriter json, in TimelineEvent item)
    {
        bool isMoment = item.Category == "end";
        json.WriteStartObject();
        json.WriteString("ph", isMoment ? "i" : "X");
        json.WriteString("cat", item.Category);
        json.WriteString("name", item.Name);
        json.WriteNumber("pid", Environment.ProcessId);
        json.WriteNumber("tid", item.WorkerId);
        json.WriteNumber("ts", Microseconds(item.Start - Origin));
        if (isMoment)
        {
            json.WriteString("s", "t");
        }
        else
        {
            json.WriteNumber("dur", Microseconds(item.End - item.Start));
        }

        json.WriteStartObject("args");
        WriteArguments(json, item);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteArguments(Utf8JsonWriter json, in TimelineEvent item)
    {
        if (item.Outcome is not null)
        {
            json.WriteString("outcome", item.Outcome);
            json.WriteString("what", item.Detail);
            json.WriteNumber("task", item.TaskNumber);
            json.WriteNumber("calls", item.Calls);
        }

        if (item.ProcessId != 0)
        {
            json.WriteString("processId", item.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static double Microseconds(long ticks) => Math.Round(ticks * 1e6 / Stopwatch.Frequency, 3);
}
