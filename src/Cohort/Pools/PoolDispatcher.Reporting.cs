using Cohort.Platform;
using Cohort.Pools.Observing;

namespace Cohort.Pools;

/// <summary>What is told to the pool's user as it happens.</summary>
internal sealed partial class PoolDispatcher
{
    private readonly PoolEventFeed? _feed;

    /// <param name="kind">What happened.</param>
    /// <param name="worker">At which worker.</param>
    /// <param name="task">With which task; null for none.</param>
    /// <param name="fault">Why.</param>
    /// <param name="number">Under which number the worker knows it, if that is not the task's own.</param>
    private void Report(PoolEventKind kind, PoolWorker worker, WorkItem? task = null, Exception? fault = null, uint? number = null)
    {
        if (_feed is not null)
        {
            _feed.Post(NewEvent(kind, worker, task, number) with { Fault = fault });
        }
    }

    private void ReportDown(PoolWorker worker, ChildExit exit, WorkItem? culprit, string cause)
    {
        if (_feed is not null)
        {
            string? reason = worker.Handle.ReasonOfKill ?? worker.Tenure.StartFault?.Message;
            _feed.Post(NewEvent(PoolEventKind.WorkerDown, worker, culprit, null) with
            {
                Cause = reason is null ? cause : $"{cause}: {reason}",
                ExitCode = exit.Kind == ChildExitKind.Unknown ? null : exit.ExitCode,
            });
        }
    }

    private static PoolEvent NewEvent(PoolEventKind kind, PoolWorker worker, WorkItem? task, uint? number) =>
        new(kind, TimeProvider.System.GetUtcNow(), worker.Id, worker.Name, worker.Index, worker.Handle.Child.ProcessId)
        {
            TaskNumber = number ?? task?.Number,
            Task = task?.Describe(),
        };
}
