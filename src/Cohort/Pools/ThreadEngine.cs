using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Pools.Observing;

namespace Cohort.Pools;

// Overview
//
// Threads cannot be killed, so there is no dispatcher: each thread fetches its next item itself. All state belongs to the
// monitor _gate, in which idle threads wait; functions run outside of it.
//
// What a thread runs stands in _running, at its own place. Whoever takes it out settles it, and nobody else does: the
// thread itself when the function has returned, or the end of the pool, which does not wait for that. A thread that finds
// its place empty drops the outcome.
//
// The pool has ended when _stopReason says why: no thread takes anything after that, and late work fails with it.

/// <summary>Threads of this process that run the work of a pool.</summary>
internal sealed partial class ThreadEngine : IPoolEngine
{
    private readonly object _gate = new();
    private readonly string _name;
    private readonly WorkerStages _stages;
    private readonly ReadyTasks _ready = new();

    /// <summary>By place; null where the thread has left.</summary>
    private Thread?[] _threads = [];
    private WorkItem?[] _running = [];
    private WorkerLedger?[] _workers = [];

    /// <summary>Threads that have left and are perhaps not past their last line.</summary>
    private readonly List<Thread> _gone = [];
    private readonly PoolLedger _ledger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _stopReason;
    private bool _closing;

    /// <summary>The pool was closed and all was done.</summary>
    private bool _endedNormally;
    private int _alive;

    public ThreadEngine(string name, int workers, WorkerStages stages)
    {
        _name = name;
        _stages = stages;
        _ledger = new PoolLedger(name);
        PoolMetrics.Register(this, name);
        try
        {
            Resize(workers);
        }
        catch (Exception exception)
        {
            Stop(new PoolBrokenException($"Pool {name} is broken: no thread can be started: {exception.Message}", exception));
            throw;
        }
    }

    public WorkerResults Results { get; } = new();

    public FunctionTable Functions { get; } = new(isEncoding: false);

    public PoolLoad Load
    {
        get
        {
            lock (_gate)
            {
                return new PoolLoad(_ready.CallCount + _delayed.Sum(static item => (long)item.Count), _running.Count(static item => item is not null));
            }
        }
    }

    public PoolStatistics Statistics()
    {
        lock (_gate)
        {
            return _ledger.ToStatistics([.. LivingWorkers()], Load);
        }
    }

    public void EnsureSupports(TaskOptions options) => options.EnsureNothingIsStopped();

    public void RefuseOwnWorker()
    {
        if (RunningHere.IsIn(this))
        {
            throw new InvalidOperationException(
                $"A function that runs in pool {_name} cannot wait for that pool: the wait takes the thread that the work it waits " +
                "for may need. Submit from outside of the pool, use a second pool for the inner work, or return what is to be done next.");
        }
    }

    public void Submit(WorkItem item)
    {
        lock (_gate)
        {
            Add(item);
            Monitor.Pulse(_gate);
        }
    }

    public void Submit(List<WorkItem> items)
    {
        if (items.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            foreach (WorkItem item in items)
            {
                Add(item);
            }

            Monitor.PulseAll(_gate);
        }
    }

    public void Submit(WorkSource source)
    {
        lock (_gate)
        {
            if (_stopReason is { } reason)
            {
                source.Abort(reason);
                return;
            }

            _ready.Add(source);
            Monitor.PulseAll(_gate);
        }
    }

    public void Forget(FunctionEntry function)
    {
        // Nobody here keeps any.
    }

    public void NoteAbandoned()
    {
        lock (_gate)
        {
            _ready.NoteAbandoned();
            if (_delayed.RemoveWhere(static item => item.IsAbandoned) > 0)
            {
                // A pool that is closed may have waited for nothing else.
                Monitor.PulseAll(_gate);
            }
        }
    }

    public void WaitFor(Task task) => Task.WaitAny(task);

    public void LookBriefly<TCondition>(TCondition condition)
        where TCondition : struct, IRingCondition
    {
        // News come by themselves.
    }

    public void Close()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Terminate(Exception reason) => Stop(reason);

    public Task EndedAsync()
    {
        RefuseOwnWorker();
        return WaitForEndAsync();
    }

    private async Task WaitForEndAsync()
    {
        await _ended.Task.ConfigureAwait(false);
        foreach (Thread? thread in _threads.Concat(_gone))
        {
            // Each is past its last line.
            thread?.Join();
        }
    }

    private void Add(WorkItem item)
    {
        if (_stopReason is { } reason)
        {
            item.Abort(reason);
        }
        else
        {
            _ready.PushBack(item);
        }
    }

    private void Stop(Exception reason)
    {
        lock (_gate)
        {
            if (_stopReason is not null)
            {
                return;
            }

            _stopReason = reason;
            _ready.Abort(reason);
            AbortDelayed(reason);
            foreach (WorkItem? item in _running)
            {
                item?.Abort(reason);
            }

            Array.Clear(_running);
            Monitor.PulseAll(_gate);
        }
    }

    private void Run(int worker)
    {
        RunningHere.Enter(this);
        WorkerScope scope = new(Thread.CurrentThread.Name!, worker);
        scope.Enter();
        WorkerLife life = new(_stages, scope);
        Initialize(life, worker);

        // What one task sets (an AsyncLocal, the culture) is not the next one's; what the initializer set is everybody's.
        ExecutionContext? context = ExecutionContext.Capture();
        while (TryRunNext(worker))
        {
            if (context is not null)
            {
                ExecutionContext.Restore(context);
            }
        }

        // One that leaves a smaller pool ends normally, too.
        life.EndHere(_endedNormally || _stopReason is null, Results);
        if (Interlocked.Decrement(ref _alive) == 0)
        {
            PoolMetrics.Unregister(this);
            _ended.TrySetResult();
        }
    }

    private void Initialize(WorkerLife life, int worker)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            life.BeginHere(Results);
            lock (_gate)
            {
                _workers[worker]?.NoteReady(Stopwatch.GetElapsedTime(start));
            }
        }
        catch (Exception exception)
        {
            Stop(new PoolBrokenException(
                $"The initializer of pool {_name} failed in thread {Thread.CurrentThread.Name}: {exception.Message}", exception));
        }
    }

    /// <summary>Apart from the loop, so that nothing of an item is held while the thread waits for another.</summary>
    private bool TryRunNext(int worker)
    {
        if (Take(worker) is not { } item)
        {
            return false;
        }

        long start = Stopwatch.GetTimestamp();
        Exception? fault = null;
        try
        {
            PoolTracing.RunHere(item, Thread.CurrentThread.Name!);
        }
        catch (Exception exception)
        {
            fault = exception;
        }

        Settle(worker, item, fault, Stopwatch.GetElapsedTime(start));
        return true;
    }

    /// <summary>Waits for the next item; null when the pool has ended.</summary>
    private WorkItem? Take(int worker)
    {
        lock (_gate)
        {
            while (_stopReason is null)
            {
                if (TryLeave(worker))
                {
                    return null;
                }

                if (_ready.TryNext(_target, out WorkItem? item))
                {
                    _ledger.NoteStarted(item.Count);
                    return _running[worker] = item;
                }

                if (_closing && _delayed.Count == 0 && Array.TrueForAll(_running, static item => item is null))
                {
                    _endedNormally = true;
                    _stopReason = new InvalidOperationException($"Pool {_name} is not running: it was closed.");
                    Monitor.PulseAll(_gate);
                    break;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    private void Settle(int worker, WorkItem item, Exception? fault, TimeSpan elapsed)
    {
        lock (_gate)
        {
            if (_running[worker] is null)
            {
                return;
            }

            _running[worker] = null;
            _ledger.NoteRun(_workers[worker]!, item, elapsed, fault is not null);
            if (fault is not null && TryRunAgain(item, fault))
            {
                return;
            }

            _ledger.NoteOutcomes(item.Count, fault is null ? item.FailedCount : item.Count);
            if (fault is null)
            {
                item.CompleteHere(elapsed);
            }
            else
            {
                item.Fail(fault);
            }
        }
    }
}
