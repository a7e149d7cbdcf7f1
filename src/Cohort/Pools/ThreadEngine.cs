using System.Diagnostics;
using Cohort.Messaging;

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
internal sealed class ThreadEngine : IPoolEngine
{
    private readonly object _gate = new();
    private readonly string _name;
    private readonly Action? _initializer;
    private readonly FairQueue _queue = new();
    private readonly Thread[] _threads;
    private readonly WorkItem?[] _running;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _stopReason;
    private bool _closing;
    private int _alive;

    public ThreadEngine(string name, int workers, Action? initializer)
    {
        _name = name;
        _initializer = initializer;
        _running = new WorkItem?[workers];
        _alive = workers;
        _threads = new Thread[workers];
        for (int i = 0; i < workers; i++)
        {
            int worker = i;
            _threads[i] = new Thread(() => Run(worker)) { IsBackground = true, Name = $"{name}-{i + 1}" };
        }

        try
        {
            foreach (Thread thread in _threads)
            {
                // Not started as part of whatever the constructor's caller is in, which they outlive.
                thread.UnsafeStart();
            }
        }
        catch (Exception exception)
        {
            Stop(new PoolBrokenException($"Pool {name} is broken: no thread can be started: {exception.Message}", exception));
            throw;
        }
    }

    public FunctionTable Functions { get; } = new(isEncoding: false);

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

            _queue.Add(source);
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
            _queue.DropAbandoned();
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
        foreach (Thread thread in _threads)
        {
            // Each is past its last line.
            thread.Join();
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
            _queue.Add(item);
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
            _queue.Abort(reason);
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
        Initialize();
        while (TryRunNext(worker))
        {
        }

        if (Interlocked.Decrement(ref _alive) == 0)
        {
            _ended.TrySetResult();
        }
    }

    private void Initialize()
    {
        try
        {
            _initializer?.Invoke();
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
            item.RunHere();
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
                if (_queue.TryNext(_threads.Length, out WorkItem? item))
                {
                    return _running[worker] = item;
                }

                if (_closing && Array.TrueForAll(_running, static item => item is null))
                {
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
