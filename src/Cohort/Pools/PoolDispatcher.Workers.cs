using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Platform;
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
    private int _starting;

    /// <summary>Starts a worker process and tells it its job. Needs no lock.</summary>
    private PoolWorker Launch()
    {
        string name = $"{_settings.Name}:{Interlocked.Increment(ref _workerCount)}";
        PickleWriter message = new();
        WorkerStart.WriteHeader(message, name, isDaemon: true, CurrentProcess.AuthKey, null);
        WorkerJob.WriteWhole(message, new PoolWorkerJob(_settings.Initializer, _settings.Spin.Microseconds));
        RingChannel channel = RingChannel.Create(RequestCapacity, ReplyCapacity);
        WorkerHandle? handle = null;
        try
        {
            handle = _settings.Context.Acquire(null);
            handle.Child.KillGroupOnExit = true;
            handle.TrySend(message, [channel.Handle, _bellPages.Handle]);
            return new PoolWorker(name, handle, channel);
        }
        catch
        {
            handle?.Kill();
            handle?.Dispose();
            channel.Dispose();
            throw;
        }
    }

    private void AddWorker(PoolWorker worker)
    {
        _workers = [.. _workers, worker];
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
            worker.Dispose();
        }

        _bellPages.Dispose();
        _bellsGone = true;
    }

    private void TakeNews(PoolWorker worker, PoolFrames.Status status)
    {
        if (status == PoolFrames.Status.Ready)
        {
            worker.IsReady = true;
            _failedStarts = _killedStarts = 0;
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
        _workers = Array.FindAll(_workers, w => w != worker);
        _reaping.RemoveAll(static t => t.IsCompleted);
        _reaping.Add(worker.Handle.Child.Exit);

        foreach (WorkItem item in worker.TakeBack())
        {
            _ready.PushFront(item);
        }

        // What is left it had begun: one task, or more if its answers made no sense.
        while (worker.InFlight.TryPopFront(out WorkItem? culprit))
        {
            Blame(culprit, worker, exit);
        }

        bool wasReady = worker.IsReady;
        worker.Dispose();
        if (_stopReason is null && !_closing)
        {
            Replace(worker, wasReady, exit);
        }
    }

    private void Blame(WorkItem culprit, PoolWorker worker, ChildExit exit)
    {
        culprit.GiveUpMessage();
        if (culprit.IsAbandoned || culprit.IsSettled)
        {
            return;
        }

        if (_stopReason is null)
        {
            if (culprit.AtFault(worker.Claim.PlaceIn(culprit.Number)) is not { } part)
            {
                return;
            }

            culprit = part;
        }

        int? code = exit.Kind == ChildExitKind.Unknown ? worker.Handle.TakeReportedExitCode() : exit.ExitCode;
        WorkerLostException death = new(worker.Name, worker.Handle.Child.ProcessId, code, culprit.Describe());
        (culprit.Deaths ??= []).Add(death);
        if (_stopReason is not null)
        {
            culprit.Abort(_stopReason);
        }
        else if (culprit.Deaths.Count >= culprit.Options.QuarantineAfter && culprit.Options.Retries > 0)
        {
            culprit.Fail(new PoisonTaskException(culprit.Describe(), culprit.Deaths));
        }
        else if (!RunAgain(culprit))
        {
            culprit.Fail(death);
        }
    }

    private void Replace(PoolWorker lost, bool wasReady, ChildExit exit)
    {
        if (!wasReady)
        {
            bool killed = exit.Kind == ChildExitKind.Signaled && exit.Value == Signal.SIGKILL;
            int failures = killed ? ++_killedStarts : ++_failedStarts;
            if (failures >= (killed ? MaxKilledStarts : MaxFailedStarts))
            {
                Break(new PoolBrokenException(
                    $"Pool {_settings.Name} is broken: {failures} workers in a row ended before they were ready; the last, " +
                    $"{lost.Name}#{lost.Handle.Child.ProcessId}, {exit}. What they printed on standard error tells more.", null));
                return;
            }
        }

        StartReplacement();
    }

    /// <summary>Starts a worker on a thread of its own: to start a process takes long, and the thread pool may be busy.</summary>
    private void StartReplacement()
    {
        _starting++;
        Thread thread = new(() =>
        {
            PoolWorker? worker = null;
            Exception? fault = null;
            try
            {
                worker = Launch();
            }
            catch (Exception exception)
            {
                fault = exception;
            }

            _events.Enqueue(() => OnStarted(worker, fault));
            WakeDispatcher();
        })
        {
            IsBackground = true,
            Name = $"Cohort pool {_settings.Name} start",
        };
        try
        {
            thread.Start();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            OnStarted(null, exception);
        }
    }

    private void OnStarted(PoolWorker? worker, Exception? fault)
    {
        _starting--;
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
