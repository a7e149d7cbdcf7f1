using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// A queue of tasks: who takes one says when it is done, and who has put them can wait for all of them (Python:
/// <c>multiprocessing.JoinableQueue</c>).
/// </summary>
/// <typeparam name="T">The items' type.</typeparam>
/// <remarks>
/// A process that is killed with a task never says that it is done, so a join would wait for ever. Take tasks by
/// <see cref="QueueBase{T}.Lease"/> where that can happen: then another process gets the task.
/// </remarks>
[Picklable(typeof(JoinableInterprocessQueue<>.Pickler))]
public sealed class JoinableInterprocessQueue<T> : QueueBase<T>, ISharedObject<JoinableInterprocessQueue<T>>
{
    /// <inheritdoc cref="InterprocessQueue{T}(int?, QueueOptions?)"/>
    public JoinableInterprocessQueue(int? capacity = null, QueueOptions? options = null)
        : base(QueueCore.Allocate(SharedKind.JoinableQueue, capacity, options))
    {
    }

    private JoinableInterprocessQueue(SharedCell cell)
        : base(cell)
    {
    }

    static SharedKind ISharedObject<JoinableInterprocessQueue<T>>.Kind => SharedKind.JoinableQueue;

    /// <summary>How many items were put and not said to be done.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public long UnfinishedTasks => Core.Unfinished;

    /// <summary>Says that one item that was taken is done; with the last, everybody in <see cref="Join"/> goes on.</summary>
    /// <exception cref="InvalidOperationException">It was said as often as items were put.</exception>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    public void TaskDone() => Core.TaskDone();

    /// <summary>Blocks until every item that was put has been said to be done.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">Some are not done in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process, maybe during the wait.</exception>
    public void Join(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!TryJoin(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Waits until every item that was put has been said to be done, without blocking a thread.</summary>
    /// <inheritdoc cref="Join"/>
    public async Task JoinAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (!await TryJoinAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
        {
            throw TimedOut(timeout);
        }
    }

    /// <summary>Whether every item that was put has been said to be done, or is in time.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <inheritdoc cref="Join" path="//exception[not(@cref='T:System.TimeoutException')]"/>
    public bool TryJoin(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        return Core.Join(Deadline.In(timeout), cancellationToken);
    }

    /// <inheritdoc cref="TryJoin"/>
    public Task<bool> TryJoinAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default)
    {
        EnsureNotDisposed();
        return Core.JoinAsync(Deadline.In(timeout), cancellationToken);
    }

    static JoinableInterprocessQueue<T> ISharedObject<JoinableInterprocessQueue<T>>.FromCell(SharedCell cell) =>
        new(QueueCore.Checked(cell));

    private TimeoutException TimedOut(TimeSpan? timeout) =>
        new($"{UnfinishedTasks} tasks were not done within {timeout} ({this}).");

    internal sealed class Pickler : SharedObjectPickler<JoinableInterprocessQueue<T>>
    {
    }
}
