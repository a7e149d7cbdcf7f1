using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Pools.Observing;

namespace Cohort.Pools;

/// <summary>Runs the work of a pool where it is submitted, before the call returns.</summary>
internal sealed class InlineEngine : IPoolEngine
{
    private readonly string _name;
    private readonly WorkerScope _scope;
    private readonly WorkerLife _life;
    private readonly Lock _gate = new();

    /// <summary>The monitor of tasks that wait for their next run.</summary>
    private readonly object _waiting = new();
    private readonly PoolLedger _ledger;
    private readonly WorkerLedger _worker;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Why nothing runs any more. What runs when it is set loses its outcome.</summary>
    private volatile Exception? _stopReason;
    private bool _closing;
    private bool _isEnding;

    /// <summary>How many calls are inside, of whatever threads, those that are nested included.</summary>
    private int _inside;

    public InlineEngine(string name, WorkerStages stages)
    {
        _name = name;
        _scope = new WorkerScope(name, 0);
        _life = new WorkerLife(stages, _scope);
        _ledger = new PoolLedger(name);
        _worker = new WorkerLedger(1, name, Environment.ProcessId, Stopwatch.GetTimestamp());
        _worker.NoteReady(TimeSpan.Zero);
        PoolMetrics.Register(this, name);
    }

    public int WorkerCount => 1;

    public WorkerResults Results { get; } = new();

    public FunctionTable Functions { get; } = new(isEncoding: false);

    public void EnsureSupports(TaskOptions options) => options.EnsureNothingIsStopped();

    public bool RunsInCaller => true;

    public PoolLoad Load => new(0, Volatile.Read(ref _inside) > 0 ? 1 : 0);

    public PoolStatistics Statistics()
    {
        lock (_gate)
        {
            return _ledger.ToStatistics([_worker.ToStatistics(_inside > 0)], Load);
        }
    }

    /// <summary>Runs what the only worker, the caller, needs before its first task.</summary>
    public void Initialize()
    {
        WorkerScope? outer = EnterHere();
        long start = Stopwatch.GetTimestamp();
        try
        {
            _life.BeginHere(Results);
            _worker.NoteReady(Stopwatch.GetElapsedTime(start));
        }
        catch (Exception exception)
        {
            Terminate(new PoolBrokenException($"The initializer of pool {_name} failed: {exception.Message}", exception));
        }
        finally
        {
            LeaveHere(outer);
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
            while (source.TryNext(1, int.MaxValue, out WorkItem? item))
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

    public void NoteAbandoned() => WakeWaiting();

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
        }

        EndIfDone();
    }

    public void Terminate(Exception reason)
    {
        lock (_gate)
        {
            _stopReason ??= reason;
        }

        WakeWaiting();

        EndIfDone();
    }

    public Task EndedAsync() => RunningHere.IsIn(this)
        ? throw new InvalidOperationException($"A function that runs in pool {_name} cannot wait for the end of that pool, which waits for it.")
        : _ended.Task;

    private void Run(WorkItem item)
    {
        Exception? fault = null;
        TimeSpan elapsed = default;
        do
        {
            if (item.IsAbandoned)
            {
                return;
            }

            long start = Stopwatch.GetTimestamp();
            fault = RunOnce(item);
            elapsed = Stopwatch.GetElapsedTime(start);
            NoteRun(item, elapsed, fault);
        }
        while (fault is not null && _stopReason is null && TryAwaitNextRun(item, fault));

        NoteOutcome(item, fault);
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
            item.CompleteHere(elapsed);
        }
    }

    private Exception? RunOnce(WorkItem item)
    {
        // A promise is waited for with the thread blocked, so what comes after its awaits must not be sent to this thread.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        ExecutionContext? before = ExecutionContext.Capture();
        WorkerScope? outer = EnterHere();
        try
        {
            PoolTracing.RunHere(item, _name);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
        finally
        {
            LeaveHere(outer);
            if (before is not null)
            {
                // What the function set (an AsyncLocal, the culture) is not the caller's, as with the other pools.
                ExecutionContext.Restore(before);
            }

            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Whether a task is to be run again, after the time that it waits for that; false as well when the pool ends meanwhile.</summary>
    private bool TryAwaitNextRun(WorkItem item, Exception fault)
    {
        if (!item.IsWorthAnotherRun(fault) || !item.TryCountRun())
        {
            return false;
        }

        lock (_gate)
        {
            _ledger.NoteRetry(item.Count);
        }

        long start = Stopwatch.GetTimestamp();
        TimeSpan delay = item.DelayBeforeNextRun;
        lock (_waiting)
        {
            while (_stopReason is null && !item.IsAbandoned && delay - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } left)
            {
                Monitor.Wait(_waiting, (int)Math.Min(Math.Ceiling(left.TotalMilliseconds), int.MaxValue));
            }
        }

        return _stopReason is null;
    }

    private void WakeWaiting()
    {
        lock (_waiting)
        {
            Monitor.PulseAll(_waiting);
        }
    }

    private void NoteRun(WorkItem item, TimeSpan elapsed, Exception? fault)
    {
        lock (_gate)
        {
            _ledger.NoteStarted(item.Count);
            _ledger.NoteRun(_worker, item, elapsed, fault is not null);
        }
    }

    private void NoteOutcome(WorkItem item, Exception? fault)
    {
        lock (_gate)
        {
            if (_stopReason is null)
            {
                _ledger.NoteOutcomes(item.Count, fault is null ? item.FailedCount : item.Count);
            }
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
        }

        EndIfDone();
    }

    private void EndIfDone()
    {
        bool isNormal;
        lock (_gate)
        {
            if (_inside > 0 || _isEnding || (!_closing && _stopReason is null))
            {
                return;
            }

            isNormal = _stopReason is null;
            _isEnding = true;
            _stopReason ??= new InvalidOperationException($"Pool {_name} is not running: it was closed.");
        }

        // Without the lock: this is the user's code.
        WorkerScope? outer = EnterHere();
        try
        {
            _life.EndHere(isNormal, Results);
        }
        finally
        {
            LeaveHere(outer);
            PoolMetrics.Unregister(this);
            _ended.TrySetResult();
        }
    }

    /// <summary>The current thread is the pool's worker until <see cref="LeaveHere"/>.</summary>
    private WorkerScope? EnterHere()
    {
        RunningHere.Enter(this);
        return _scope.Enter();
    }

    private static void LeaveHere(WorkerScope? outer)
    {
        WorkerScope.Leave(outer);
        RunningHere.Leave();
    }
}
