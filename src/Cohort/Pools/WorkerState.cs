using System.Diagnostics.CodeAnalysis;

namespace Cohort.Pools;

/// <summary>
/// What a worker keeps from task to task (mpire: <c>worker_state</c>): the object that <see cref="ProcessPoolOptions.StateFactory"/>
/// made in this worker. For functions that run in a pool, of whatever kind.
/// </summary>
/// <remarks>
/// A worker runs one task at a time, so a state needs no locks unless its functions use threads of their own. In a
/// <see cref="ThreadWorkerPool"/> each thread has a state, which what a function awaits or starts can reach as well.
/// </remarks>
public static class WorkerState
{
    /// <summary>The place in its pool of the worker that this code runs in, from 0; null outside of pools.</summary>
    /// <remarks>
    /// A worker that replaces another has its index, and is given tasks only when the other runs none any more. So of the workers
    /// that run tasks no two have the same, and all are below <see cref="PoolBase.WorkerCount"/>, but for those that end what they
    /// run after a <see cref="ProcessPool.Resize"/>: what shares of data or devices can be given out by. The initializer, the
    /// state factory and the start function of a replacement run while the other may still be at its last tasks.
    /// </remarks>
    public static int? WorkerIndex => WorkerScope.Current?.Index;

    /// <summary>The state of the worker that this code runs in.</summary>
    /// <typeparam name="T">Its type, or a base of it.</typeparam>
    /// <returns>The same object for all tasks of the worker.</returns>
    /// <exception cref="InvalidOperationException">This code runs in no worker, or the worker has no state, or one of another type.</exception>
    public static T Get<T>()
        where T : class
    {
        if (WorkerScope.Current is not { } worker)
        {
            throw new InvalidOperationException("This code does not run in a worker of a pool, so there is no worker's state.");
        }

        return worker.State switch
        {
            T state => state,
            null => throw new InvalidOperationException(
                $"Worker {worker.Name} has no state. Give its pool a StateFactory in its options; in an initializer, and in the factory itself, it is not there yet."),
            { } other => throw new InvalidOperationException($"The state of worker {worker.Name} is a {other.GetType()} and no {typeof(T)}."),
        };
    }

    /// <summary>The state of the worker that this code runs in, if there is one of that type.</summary>
    /// <typeparam name="T">Its type, or a base of it.</typeparam>
    /// <param name="state">The state.</param>
    /// <returns>Whether there is.</returns>
    public static bool TryGet<T>([NotNullWhen(true)] out T? state)
        where T : class
    {
        state = WorkerScope.Current?.State as T;
        return state is not null;
    }
}
