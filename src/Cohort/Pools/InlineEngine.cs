using System.Diagnostics;
using Cohort.Messaging;

namespace Cohort.Pools;

/// <summary>Runs the work of a pool where it is submitted, before the call returns.</summary>
internal sealed class InlineEngine(string name) : IPoolEngine
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why nothing runs any more. What runs when it is set loses its outcome.</summary>
    private volatile Exception? _stopReason;
    private bool _closing;

    /// <summary>How many calls are inside, of whatever threads, those that are nested included.</summary>
    private int _inside;

    public FunctionTable Functions { get; } = new(isEncoding: false);

    public void EnsureSupports(TaskOptions options) => options.EnsureNothingIsStopped();

    public bool RunsInCaller => true;

    /// <summary>Runs what the only worker, the caller, needs before its first task.</summary>
    public void Initialize(Action initializer)
    {
        RunningHere.Enter(this);
        try
        {
            initializer();
        }
        catch (Exception exception)
        {
            Terminate(new PoolBrokenException($"The initializer of pool {name} failed: {exception.Message}", exception));
        }
        finally
        {
            RunningHere.Leave();
        }
    }

    public void Submit(WorkItem item)
    {
        if (Enter() is { } reason)
        {
            item.Abort(reason);
            return;
        }

        try
        {
            Run(item);
        }
        finally
        {
            Leave();
        }
    }

    public void Submit(List<WorkItem> items)
    {
        foreach (WorkItem item in items)
        {
            Submit(item);
        }
    }

    public void Submit(WorkSource source)
    {
        if (Enter() is { } reason)
        {
            source.Abort(reason);
            return;
        }

        try
        {
            while (source.TryNext(1, out WorkItem? item))
            {
                Run(item);
            }
        }
        finally
        {
            Leave();
        }
    }

    public void Forget(FunctionEntry function)
    {
        // Nobody here keeps any.
    }

    public void NoteAbandoned()
    {
        // Nothing waits here.
    }

    public void WaitFor(Task task) => Task.WaitAny(task);

    public void LookBriefly<TCondition>(TCondition condition)
        where TCondition : struct, IRingCondition
    {
        // There is nobody else who could bring news.
    }

    public void Close()
    {
        lock (_gate)
        {
            _closing = true;
            EndIfDone();
        }
    }

    public void Terminate(Exception reason)
    {
        lock (_gate)
        {
            _stopReason ??= reason;
            EndIfDone();
        }
    }

    public Task EndedAsync() => RunningHere.IsIn(this)
        ? throw new InvalidOperationException($"A function that runs in pool {name} cannot wait for the end of that pool, which waits for it.")
        : _ended.Task;

    private void Run(WorkItem item)
    {
        if (item.IsAbandoned)
        {
            return;
        }

        // A promise is waited for with the thread blocked, so what comes after its awaits must not be sent to this thread.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        RunningHere.Enter(this);
        long start = Stopwatch.GetTimestamp();
        Exception? fault = null;
        try
        {
            item.RunHere();
        }
        catch (Exception exception)
        {
            fault = exception;
        }
        finally
        {
            RunningHere.Leave();
            SynchronizationContext.SetSynchronizationContext(context);
        }

        if (_stopReason is { } reason)
        {
            item.Abort(reason);
        }
        else if (fault is not null)
        {
            item.Fail(fault);
        }
        else
        {
            item.CompleteHere(Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Null, or why nothing may run.</summary>
    private Exception? Enter()
    {
        lock (_gate)
        {
            if (_stopReason is null)
            {
                _inside++;
            }

            return _stopReason;
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _inside--;
            EndIfDone();
        }
    }

    private void EndIfDone()
    {
        if (_inside == 0 && (_closing || _stopReason is not null))
        {
            _stopReason ??= new InvalidOperationException($"Pool {name} is not running: it was closed.");
            _ended.TrySetResult();
        }
    }
}
