using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>What workers tell of their start and their end, and how long both may take.</summary>
internal sealed partial class PoolDispatcher
{
    public WorkerResults Results { get; } = new();

    /// <summary>When a worker has taken too long for what it does before its first task, in ticks.</summary>
    private long StartTimeoutOf(PoolWorker worker) =>
        worker is { IsReady: false, Tenure: { InitializingSince: not 0, StartFault: null } } && _settings.StartTimeout is { } timeout
            ? AddTime(worker.Tenure.InitializingSince, timeout)
            : long.MaxValue;

    private void RunStartTimeouts(long now)
    {
        foreach (PoolWorker worker in _workers)
        {
            if (now >= StartTimeoutOf(worker) && !Receive(worker))
            {
                worker.Tenure.StartFault = new TimeoutException(
                    $"Worker {worker.Name}#{worker.Handle.Child.ProcessId} did not come to the end of its initializer, state factory and " +
                    $"start function within {_settings.StartTimeout} ({nameof(ProcessPoolOptions.StartTimeout)}), so it was killed.");
                worker.Handle.Kill();
            }
        }
    }

    /// <summary>When a worker that was told to go has taken too long for it, in ticks.</summary>
    private long ExitTimeoutOf(PoolWorker worker) =>
        worker is { LeaveSentAt: not 0, HasLeft: false, InFlight.Count: 0 } && _settings.Stages.HasEnd && _settings.ExitTimeout >= TimeSpan.Zero
            ? AddTime(Math.Max(worker.LeaveSentAt, worker.LastProgress), _settings.ExitTimeout)
            : long.MaxValue;

    private void RunExitTimeouts(long now)
    {
        foreach (PoolWorker worker in _workers)
        {
            if (now >= ExitTimeoutOf(worker) && !Receive(worker))
            {
                NoteLeft(worker, null, new TimeoutException(
                    $"Worker {worker.Name}#{worker.Handle.Child.ProcessId} did not come to the end of its exit function within " +
                    $"{_settings.ExitTimeout} (ExitTimeout), so it was killed."));
                worker.Handle.Kill();
            }
        }
    }

    /// <summary>A worker is ready; its start function's result follows, if there is one.</summary>
    private void NoteStarted(PoolWorker worker)
    {
        if (_settings.Stages.Start is not null)
        {
            (object? value, Exception? fault) = TryReadResult();
            Results.AddStart(new WorkerResult(worker.Name, worker.Id, worker.Index, value, fault));
        }
    }

    /// <summary>A worker is done with its exit function and about to end.</summary>
    private void NoteLeft(PoolWorker worker, bool hasFailed)
    {
        if (hasFailed)
        {
            NoteLeft(worker, null, RemoteFault.Read(_reader));
        }
        else if (_settings.Stages.Exit is not null)
        {
            (object? value, Exception? fault) = TryReadResult();
            NoteLeft(worker, value, fault);
        }
        else
        {
            worker.HasLeft = true;
        }
    }

    /// <summary>A worker that was told to go is dead; if it did not say how its exit function went, it died in it.</summary>
    private void NoteLost(PoolWorker worker, ChildExit exit)
    {
        if (worker is { LeaveSentAt: not 0, HasLeft: false } && _settings.Stages.HasEnd && _stopReason is null)
        {
            int? code = exit.Kind == ChildExitKind.Unknown ? null : exit.ExitCode;
            NoteLeft(worker, null, new WorkerLostException(
                worker.Name, worker.Handle.Child.ProcessId, code, "its exit function", new PostMortem { ReasonOfKill = worker.Handle.ReasonOfKill }));
        }
    }

    private void NoteLeft(PoolWorker worker, object? value, Exception? fault)
    {
        worker.HasLeft = true;
        Results.AddExit(new WorkerResult(worker.Name, worker.Id, worker.Index, value, fault));
    }

    private (object? Value, Exception? Fault) TryReadResult()
    {
        try
        {
            return (Pickle.Read<object?>(_reader), null);
        }
        catch (Exception exception)
        {
            // It came but cannot be rebuilt here, which is not the worker's fault.
            return (null, exception);
        }
    }
}
