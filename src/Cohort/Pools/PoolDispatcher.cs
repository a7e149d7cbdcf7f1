using System.Collections.Concurrent;
using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Pools.Observing;
using Cohort.Serializing;

namespace Cohort.Pools;

// Overview
//
//      callers ──► _submitted ──► _ready / _sources ──► request rings ──► workers
//                                                                            │
//      callers ◄── completions ◄── Pass() ◄──────────── reply rings ◄────────┘
//
// All state belongs to _gate. Whoever holds it may make a pass: take in events and submissions, read replies, send what
// workers have room for. Passes are short and never block: a full ring leaves a message stalled or half sent, and the
// next pass goes on with it.
//
// Who makes passes:
//   - a caller that submits, if the gate is free: its task is on its way before the call returns;
//   - the dispatcher thread, which otherwise sleeps at the pool's one doorbell;
//   - a caller that blocks for its own result, for a short while (PoolDispatcher.Waiting.cs): as long as it looks
//     itself, the doorbell is muted and nobody pays for a wake-up.
//
// The doorbell is muted (wanted = 0) while anybody is sure to look, and announced before everybody sleeps. Whoever mutes
// it for itself announces it again, or wakes the dispatcher, when it leaves.
//
// Deaths, cancellations and the like come from other threads as events: an action in a queue, and a wake-up.

/// <summary>The heart of a pool: which task goes to which worker, and what comes back.</summary>
internal sealed partial class PoolDispatcher : IPoolEngine
{
    private readonly Lock _gate = new();
    private readonly SharedPages _bellPages;
    private readonly Doorbell _bell;
    private readonly PoolSettings _settings;
    private readonly AdaptiveSpin _spin;
    private readonly ConcurrentQueue<WorkItem> _submitted = new();
    private readonly ConcurrentQueue<Action> _events = new();

    /// <summary>Functions that will not be called again. No hurry: workers are told before their next task.</summary>
    private readonly ConcurrentQueue<int> _forgotten = new();
    private readonly ReadyTasks _ready = new();
    private readonly PickleReader _reader = new();
    private readonly Thread _thread;

    /// <summary>Live workers and those that are coming up. Replaced, not changed, so that a look needs no lock.</summary>
    private PoolWorker[] _workers = [];
    private bool _asleep;

    public PoolDispatcher(PoolSettings settings)
    {
        _settings = settings;
        _spin = new AdaptiveSpin(settings.Spin);
        _target = _wanted = _followed = settings.Workers;
        _deaths = new DeathLog(settings.Staffing.Restarts);
        _ledger = new PoolLedger(settings.Name);
        _timeline = settings.RecordsTimeline ? new PoolTimeline(settings.Name) : null;
        _feed = settings.Events is { } handler ? new PoolEventFeed(settings.Name, handler) : null;
        _bellPages = PoolBells.Create();
        _bell = PoolBells.Host(_bellPages);
        _thread = new Thread(Run) { IsBackground = true, Name = $"Cohort pool {settings.Name}" };
        RememberOomKills();
        try
        {
            _output = settings.Output is null ? null : new PoolOutput(settings.Name, settings.Output);
            for (int i = 0; i < settings.Workers; i++)
            {
                AddWorker(Launch(index: i));
            }

            // Not with the context of whoever makes the pool, which lives longer than a request, say.
            _thread.UnsafeStart();
        }
        catch
        {
            AbandonLaunched();
            throw;
        }

        PoolMetrics.Register(this, settings.Name);
    }

    /// <summary>A snapshot of the workers' process ids.</summary>
    public int[] ProcessIds => Array.ConvertAll(Volatile.Read(ref _workers), static w => w.Handle.Child.ProcessId);

    public FunctionTable Functions { get; } = new(isEncoding: true);

    public void EnsureSupports(TaskOptions options)
    {
    }

    /// <summary>Gives the pool a task. The outcome comes through the item.</summary>
    public void Submit(WorkItem item)
    {
        _submitted.Enqueue(item);
        Poke();
    }

    /// <summary>Gives the pool some tasks at once.</summary>
    public void Submit(List<WorkItem> items)
    {
        foreach (WorkItem item in items)
        {
            _submitted.Enqueue(item);
        }

        Poke();
    }

    /// <summary>Gives the pool work that is cut up as workers get room.</summary>
    public void Submit(WorkSource source) => Post(() =>
    {
        if (_stopReason is { } reason)
        {
            source.Abort(reason);
        }
        else
        {
            _hasTimeouts |= source.Options.Timeout is not null;
            _ready.Add(source);
        }
    });

    /// <summary>Lets workers forget a function if it served one call only, which has ended.</summary>
    public void Forget(FunctionEntry function)
    {
        function.Undo?.Invoke();
        if (function.IsTransient)
        {
            _forgotten.Enqueue(function.Id);
        }
    }

    /// <summary>Has something done by whoever makes the next pass.</summary>
    private void Post(Action action)
    {
        _events.Enqueue(action);
        Poke();
        if (!_events.IsEmpty)
        {
            WakeDispatcher();
        }
    }

    /// <summary>Makes a pass if the gate is free; if not, whoever holds it looks again afterwards.</summary>
    private void Poke()
    {
        if (_gate.IsHeldByCurrentThread)
        {
            // Code that runs while arguments are encoded or results decoded: the pass around it looks again.
            return;
        }

        do
        {
            Interlocked.MemoryBarrier();
            if (!_gate.TryEnter())
            {
                if (!Volatile.Read(ref _hasEnded))
                {
                    return;
                }

                // The dispatcher is gone, so a holder that only had a word to change would not look again.
                _gate.Enter();
            }

            try
            {
                Pass(receive: false);
                if (_asleep && NeedsDispatcher())
                {
                    WakeDispatcher();
                }
            }
            finally
            {
                _gate.Exit();
            }

            Interlocked.MemoryBarrier();
        }
        while (!_submitted.IsEmpty || !_events.IsEmpty);
    }

    /// <summary>Whether there is something that only the dispatcher's thread sees to: it may have fallen asleep without it.</summary>
    private bool NeedsDispatcher() =>
        _closing || _stopReason is not null || Array.Exists(_workers, static w => w.IsBlocked) || HasEarlierTimer();

    private bool HasEarlierTimer() =>
        (_hasTimeouts || _settings.Staffing.HasTimers || _settings.HasStageTimers) && NextTimer() < _sleepsUntil;

    /// <summary>One round of everything that can be done without waiting; whether anything was. Needs the gate.</summary>
    /// <param name="receive">False leaves the replies to others.</param>
    private bool Pass(bool receive = true)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread, "A pass belongs to the holder of the gate.");
        try
        {
            bool progressed = TakeIn();
            if (_hasEnded)
            {
                return progressed;
            }

            if (receive)
            {
                foreach (PoolWorker worker in _workers)
                {
                    progressed |= Receive(worker);
                }
            }

            return progressed | Serve();
        }
        catch (Exception exception)
        {
            // Faults of tasks and workers are dealt with where they arise. What is left is memory that has run out in the
            // pool's own books, or an error in them: nothing is lost silently, and the process is not ended by this thread.
            Break(new PoolBrokenException($"Pool {_settings.Name} is broken by an error of its own: {exception.Message}", exception));
            return true;
        }
    }

    private bool TakeIn()
    {
        bool progressed = false;
        while (_events.TryDequeue(out Action? action))
        {
            action();
            progressed = true;
        }

        while (_forgotten.TryDequeue(out int function))
        {
            Array.ForEach(_workers, worker => worker.Forget(function));
        }

        while (_submitted.TryDequeue(out WorkItem? item))
        {
            _hasTimeouts |= item.Options.Timeout is not null;
            if (_stopReason is { } reason)
            {
                item.Abort(reason);
            }
            else
            {
                _ready.PushBack(item);
            }

            progressed = true;
        }

        return progressed;
    }

    private bool Receive(PoolWorker worker)
    {
        if (worker.IsBroken)
        {
            return false;
        }

        bool received = false;
        try
        {
            while (worker.Replies.TryReceive(out RingMessage message))
            {
                received = true;
                Take(worker, message);
                worker.Replies.ReleaseLater();
            }
        }
        catch (Exception)
        {
            // Not a result that cannot be rebuilt, but a frame that makes no sense: the worker's own memory is broken (or
            // there is none left here for its reply). Its death is dealt with like any other.
            worker.IsBroken = true;
            worker.Handle.Kill();
        }
        finally
        {
            _reader.Clear();
        }

        if (received)
        {
            worker.Replies.PublishReleases();
            worker.LastProgress = Stopwatch.GetTimestamp();
            NoteAnswers(worker);
        }

        return received | (worker.IsBlocked && worker.Unblock());
    }

    private unsafe void Take(PoolWorker worker, RingMessage message)
    {
        _reader.Reset(message.Data, message.Length);
        (PoolFrames.Status status, TimeSpan elapsed) = PoolFrames.ReadReplyWord(_reader.ReadInt32());
        long stamp = _timeline is null ? 0 : _reader.ReadInt64();
        if (message.Tag == 0)
        {
            TakeNews(worker, status, elapsed, stamp);
            return;
        }

        if (worker.InFlight.Count == 0 || worker.InFlight.First.Number != message.Tag)
        {
            throw new InvalidDataException($"Worker {worker.Name} answered task {message.Tag}, which it was not sent.");
        }

        // An exception's text is read before its task leaves the books, so that a broken one does not lose the task.
        Exception? fault = status == PoolFrames.Status.Done ? null : Workers.RemoteFault.Read(_reader);
        worker.InFlight.TryPopFront(out WorkItem? item);
        item!.Function.WasCalled = true;
        worker.NoteAnswer(elapsed);
        NoteFrame(worker, elapsed);
        _timeline?.AddTask(worker.Ledger, item!, stamp, elapsed, fault is not null);
        _ledger.NoteRun(worker.Ledger, item!, elapsed, fault is not null);
        Settle(worker, item!, fault, elapsed);
    }

    private void Settle(PoolWorker worker, WorkItem item, Exception? fault, TimeSpan elapsed)
    {
        item.GiveUpMessage();
        if (item.IsSettled)
        {
            return;
        }

        if (fault is not null)
        {
            if (!TryRunAgain(worker, item, fault))
            {
                NoteFailure(item);
                item.Fail(Explain(item, fault));
            }

            return;
        }

        try
        {
            // A chunk may be used again, for other items, as soon as it is complete.
            int count = item.Count;
            item.Complete(_reader, elapsed);
            _ledger.NoteOutcomes(count, item.FailedCount);
        }
        catch (Exception exception)
        {
            // The result came but cannot be rebuilt here; that is this task's fault and nobody else's.
            NoteFailure(item);
            item.Fail(Explain(item, exception));
        }
    }
}
