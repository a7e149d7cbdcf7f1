using Cohort.Messaging;
using Cohort.Pools.Observing;

namespace Cohort.Pools;

/// <summary>What runs the work of a pool: its workers, whatever they are.</summary>
internal interface IPoolEngine
{
    /// <summary>The functions that the workers know.</summary>
    FunctionTable Functions { get; }

    /// <summary>How many workers it aims at.</summary>
    int WorkerCount { get; }

    /// <summary>What workers gave at their start and end.</summary>
    WorkerResults Results { get; }

    /// <summary>What there is to do just now.</summary>
    PoolLoad Load { get; }

    /// <summary>What was done so far.</summary>
    PoolStatistics Statistics();

    /// <summary>Tasks run inside <see cref="Submit(WorkItem)"/>, so that reading ahead has no use.</summary>
    bool RunsInCaller => false;

    /// <summary>Called before a thread submits what it then blocks for, and before it waits for the pool's end.</summary>
    /// <exception cref="InvalidOperationException">The thread is a worker of this very pool, so the wait might never end.</exception>
    void RefuseOwnWorker()
    {
    }

    /// <summary>Whether tasks can be run in that way here.</summary>
    /// <exception cref="NotSupportedException">They cannot.</exception>
    void EnsureSupports(TaskOptions options);

    /// <summary>Takes a task. The outcome comes through the item.</summary>
    void Submit(WorkItem item);

    /// <summary>Takes some tasks at once.</summary>
    void Submit(List<WorkItem> items);

    /// <summary>Takes work that is cut up as workers get room.</summary>
    void Submit(WorkSource source);

    /// <summary>A function that served one call only will not be called again.</summary>
    void Forget(FunctionEntry function);

    /// <summary>Some of the work is not wanted any more.</summary>
    void NoteAbandoned();

    /// <summary>Blocks until a task of this pool is done, and may lend a hand meanwhile.</summary>
    void WaitFor(Task task);

    /// <summary>Looks for news until the condition holds or nothing came for a while; the caller then waits otherwise.</summary>
    void LookBriefly<TCondition>(TCondition condition)
        where TCondition : struct, IRingCondition;

    /// <summary>Takes no more work; ends when all is done.</summary>
    void Close();

    /// <summary>Ends at once; work that is not done fails with the reason.</summary>
    void Terminate(Exception reason);

    /// <summary>Completes when no work and no worker is left.</summary>
    Task EndedAsync();
}
