using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Pools.Observing;
using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>Workers come, go, die and are replaced.</summary>
internal sealed partial class PoolDispatcher
{
    private const int RequestCapacity = 1 << 20;
    private const int ReplyCapacity = 1 << 20;

    /// <summary>How many workers in a row may end before they are ready until the pool gives up.</summary>
    private const int MaxFailedStarts = 5;

    /// <summary>The same for workers that were killed, which says less about the next one.</summary>
    private const int MaxKilledStarts = 200;

    /// <summary>The ends of workers that are dead but perhaps not yet reaped.</summary>
    private readonly List<Task> _reaping = [];
    private int _workerCount;
    private int _failedStarts;
    private int _killedStarts;

    /// <summary>The places of the workers that are being started.</summary>
    private readonly List<int> _starting = [];

    /// <summary>Starts a worker process and tells it its job. Needs no lock.</summary>
    private PoolWorker Launch(int index, bool isAhead = false)
    {
        long start = Stopwatch.GetTimestamp();
        int id = Interlocked.Increment(ref _workerCount);
        string name = $"{_settings.Name}:{id}";
        PickleWriter message = new();
        WorkerStart.WriteHeader(message, name, isDaemon: true, CurrentProcess.AuthKey, _settings.WorkingDirectory);
        WorkerJob.WriteWhole(message, new PoolWorkerJob(
            _settings.EncodedStages, index, _settings.Spin.Microseconds, _output is not null, _timeline is not null)
        {
            IsAhead = isAhead,
            TellsBegin = _settings.StartTimeout is not null,
        });
        RingChannel channel = RingChannel.Create(RequestCapacity, ReplyCapacity);
        WorkerHandle? handle = null;
        WorkerOutput? output = null;
        PoolRehearsal? rehearsal = null;
        try
        {
            output = _output is null ? null : new WorkerOutput();
            rehearsal = isAhead ? new PoolRehearsal() : null;
            handle = WorkerLimiter.Acquire(
                _settings.Context, _settings.EnvironmentVariables, _settings.Limits, name, index, output?.WriteEnds);
            handle.Child.KillGroupOnExit = true;
            handle.TrySend(message, [channel.Handle, _bellPages.Handle, .. output?.WriteEnds ?? [], .. rehearsal?.Handles ?? []]);
            PoolWorker worker = new(new WorkerLedger(id, name, handle.Child.ProcessId, start), index, handle, channel)
            {
                Output = output,
                Tenure = new WorkerTenure { LaunchedAt = start, TaskLimit = _settings.Staffing.MaxTasks ?? long.MaxValue },
            };
            output?.Attach(worker.Ledger, worker.Claim);
            return worker;
        }
        catch
        {
            handle?.Kill();
            handle?.Dispose();
            channel.Dispose();
            output?.Dispose();
            throw;
        }
        finally
        {
            rehearsal?.Dispose();
        }
    }

    private void AddWorker(PoolWorker worker)
    {
        _workers = [.. _workers, worker];
        if (worker.Output is { } output)
        {
            _output!.Add(output);
        }

        worker.Handle.Child.OnExit(exit =>
        {
            // On the thread that watches all exits: leave the work to others.
            _events.Enqueue(() => OnDeath(worker, exit));
            WakeDispatcher();
        });
    }

    /// <summary>The first workers could not all be started.</summary>
    private void AbandonLaunched()
    {
        foreach (PoolWorker worker in _workers)
        {
            worker.Handle.Kill();
            worker.Handle.Child.Exit.Wait();
            worker.Output?.Finish();
            worker.Dispose();
        }

        _output?.Complete();

        _bellPages.Dispose();
        _bellsGone = true;
    }

    private void TakeNews(PoolWorker worker, PoolFrames.Status status, TimeSpan elapsed, long stamp)
    {
        if (status == PoolFrames.Status.Ready)
        {
            worker.IsReady = true;
            worker.Ledger.NoteReady(elapsed);
            _timeline?.AddStart(worker.Ledger, stamp, elapsed);
            _failedStarts = _killedStarts = 0;
            Report(PoolEventKind.WorkerUp, worker);
            NoteReady(worker);
            NoteStarted(worker);
            return;
        }

        if (status == PoolFrames.Status.Initializing)
        {
            worker.Tenure.InitializingSince = Stopwatch.GetTimestamp();
            WakeForTimer();
            return;
        }

        if (status is PoolFrames.Status.Left or PoolFrames.Status.LeftWithFault)
        {
            NoteLeft(worker, hasFailed: status == PoolFrames.Status.LeftWithFault);
            return;
        }

        worker.IsLeaving = true;
        Exception cause = RemoteFault.Read(_reader);
        Break(new PoolBrokenException(
            $"The initializer of pool {_settings.Name} failed in worker {worker.Name}#{worker.Handle.Child.ProcessId}: {cause.Message}", cause));
    }

    private void OnDeath(PoolWorker worker, ChildExit exit)
    {
        // What it answered before it died counts.
        Receive(worker);
        NoteLost(worker, exit);
        _workers = Array.FindAll(_workers, w => w != worker);
        _reaping.RemoveAll(static t => t.IsCompleted);
        _reaping.Add(worker.Handle.Child.Exit);

        foreach (WorkItem item in worker.TakeBack())
        {
            _ready.PushFront(item);
        }

        WorkItem? running = worker.InFlight.Count > 0 ? worker.InFlight.First : null;
        string? tooMany = JudgeDeath(worker, exit);
        PostMortem postMortem = Examine(worker, exit, running);

        // What is left it had begun: one task, or more if its answers made no sense.
        while (worker.InFlight.TryPopFront(out WorkItem? culprit))
        {
            Blame(culprit, worker, exit, postMortem);
        }

        bool hasFailed = !worker.IsReady && !worker.IsLeaving;
        worker.Dispose();
        NoteDeath(worker, exit, running);
        _needsStaff = true;
        if (tooMany is not null)
        {
            Break(new PoolBrokenException($"Pool {_settings.Name} is broken: {tooMany}.", null));
        }
        else if (hasFailed && _stopReason is null)
        {
            NoteFailedStart(worker, exit);
        }
    }

    private void Blame(WorkItem culprit, PoolWorker worker, ChildExit exit, PostMortem postMortem)
    {
        culprit.GiveUpMessage();
        if (culprit.IsAbandoned || culprit.IsSettled)
        {
            return;
        }

        uint number = culprit.Number;
        if (_stopReason is null)
        {
            if (culprit.AtFault(worker.Claim.PlaceIn(culprit.Number)) is not { } part)
            {
                return;
            }

            culprit = part;
        }

        int? code = exit.Kind == ChildExitKind.Unknown ? worker.Handle.TakeReportedExitCode() : exit.ExitCode;
        WorkerLostException death = new(worker.Name, worker.Handle.Child.ProcessId, code, culprit.Describe(), postMortem);
        (culprit.Deaths ??= []).Add(death);
        if (_stopReason is not null)
        {
            culprit.Abort(_stopReason);
        }
        else if (culprit.Deaths.Count >= culprit.Options.QuarantineAfter && culprit.Options.Retries > 0)
        {
            NoteFailure(culprit);
            PoisonTaskException poison = new(culprit.Describe(), culprit.Deaths);
            Report(PoolEventKind.TaskQuarantined, worker, culprit, poison, number);
            culprit.Fail(poison);
        }
        else if (!RunAgain(worker, culprit, number, death))
        {
            NoteFailure(culprit);
            culprit.Fail(death);
        }
    }

    private void NoteFailedStart(PoolWorker lost, ChildExit exit)
    {
        TimeoutException? late = lost.Tenure.StartFault;
        bool killed = late is null && exit.Kind == ChildExitKind.Signaled && exit.Value == Signal.SIGKILL;
        int failures = killed ? ++_killedStarts : ++_failedStarts;
        if (failures >= (killed ? MaxKilledStarts : MaxFailedStarts))
        {
            string last = late?.Message ?? $"{lost.Name}#{lost.Handle.Child.ProcessId}, {exit}. What they printed on standard error tells more.";
            Break(new PoolBrokenException(
                $"Pool {_settings.Name} is broken: {failures} workers in a row ended before they were ready; the last: {last}", late));
        }
    }

    /// <summary>Starts a worker on a thread of its own: to start a process takes long, and the thread pool may be busy.</summary>
    /// <param name="isAhead">No place is free for it yet.</param>
    private void StartReplacement(bool isAhead = false)
    {
        int index = NextIndex();
        _starting.Add(index);
        Thread thread = new(() =>
        {
            PoolWorker? worker = null;
            Exception? fault = null;
            try
            {
                worker = Launch(index, isAhead);
            }
            catch (Exception exception)
            {
                fault = exception;
            }

            _events.Enqueue(() => OnStarted(index, worker, fault));
            WakeDispatcher();
        })
        {
            IsBackground = true,
            Name = $"Cohort pool {_settings.Name} start",
        };
        try
        {
            thread.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            OnStarted(index, null, exception);
        }
    }

    private void OnStarted(int index, PoolWorker? worker, Exception? fault)
    {
        _starting.Remove(index);
        _needsStaff = true;
        if (worker is not null)
        {
            AddWorker(worker);
            if (_stopReason is not null)
            {
                worker.Handle.Kill();
            }

            return;
        }

        if (++_failedStarts >= MaxFailedStarts && _workers.Length == 0)
        {
            Break(new PoolBrokenException($"Pool {_settings.Name} is broken: no worker can be started: {fault!.Message}", fault));
        }
        else if (_stopReason is null)
        {
            // Descriptors or memory may be short just now; try again when the next timer is due.
            _retryStartAt = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 10);
        }
    }
}
