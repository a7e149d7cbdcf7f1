using System.Diagnostics;

namespace Cohort.Pools.Observing;

/// <summary>What follows one call, map or stream from its start to its end. There is none where nobody looks.</summary>
internal sealed class CallWatch
{
    private readonly Activity? _span;
    private readonly ProgressMeter? _progress;
    private int _hasEnded;

    private CallWatch(string kind, string pool, FunctionEntry function, TaskOptions options, bool isTraced, bool isMeasured, long? total)
    {
        if (isTraced)
        {
            string text = FunctionName.Of(function.Function.Function);
            _span = PoolTracing.StartCall(kind, pool, text);
            Trace = TraceContext.Of(_span ?? Activity.Current, text);
        }

        _progress = isMeasured ? new ProgressMeter(options, pool, total) : null;
    }

    /// <summary>What tasks take with them; null when they are not traced.</summary>
    public TraceContext? Trace { get; }

    /// <summary>For a single call.</summary>
    public static CallWatch? ForCall(string pool, FunctionEntry function, TaskOptions options) => PoolTracing.Source.HasListeners()
        ? new CallWatch("Apply", pool, function, options, isTraced: true, isMeasured: false, null)
        : null;

    /// <summary>For a call with many items.</summary>
    /// <param name="kind">The span's name.</param>
    /// <param name="pool">The pool's name.</param>
    /// <param name="function">What is called.</param>
    /// <param name="options">Who wants to know of progress.</param>
    /// <param name="total">How many items there are, if that is known.</param>
    public static CallWatch? ForMany(string kind, string pool, FunctionEntry function, TaskOptions options, long? total)
    {
        bool isTraced = PoolTracing.Source.HasListeners();
        bool isMeasured = options.Progress is not null;
        return isTraced || isMeasured ? new CallWatch(kind, pool, function, options, isTraced, isMeasured, total) : null;
    }

    /// <summary>Some items have their outcome.</summary>
    public void Note(int count, bool failed) => _progress?.Note(count, failed);

    /// <summary>Some items have their outcome, and some of them failed.</summary>
    public void Note(int count, int failed)
    {
        if (count > failed)
        {
            Note(count - failed, failed: false);
        }

        if (failed > 0)
        {
            Note(failed, failed: true);
        }
    }

    /// <summary>The same task, which completes after its span and the last report.</summary>
    public async Task<T> FollowAsync<T>(Task<T> task)
    {
        // Of an InlinePool it is done already, and so is what this gives.
        await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        End(task.IsCanceled ? new OperationCanceledException("The call was cancelled.") : task.Exception?.InnerException);
        return await task.ConfigureAwait(false);
    }

    /// <summary>The call is over.</summary>
    public void End(Exception? fault)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) != 0)
        {
            return;
        }

        if (_span is not null)
        {
            PoolTracing.End(_span, fault);
        }

        _progress?.Dispose();
    }
}
