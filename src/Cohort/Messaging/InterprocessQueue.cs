using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Messaging;

/// <summary>
/// A first-in first-out queue that any number of threads of any number of processes put items into and take them from
/// (Python: <c>multiprocessing.Queue</c>).
/// </summary>
/// <typeparam name="T">The items' type: what the codec carries, shared objects and handles included.</typeparam>
/// <remarks>
/// <para>
/// An item is in the queue when <see cref="QueueBase{T}.Put"/> returns: there is no feeder thread, so what cannot be encoded fails there, a
/// producer may end right after it, and nobody has to be joined in any order. Items lie in shared memory, which grows as
/// needed and is gone with the last process that has the queue open.
/// </para>
/// <para>
/// A producer that is killed has put each of its items or has not; a consumer that is killed takes the item along that it had
/// just got, and nothing else. Where that is too much, <see cref="QueueBase{T}.Lease"/> takes an item that goes to somebody else if this
/// process ends before it says that the item is done.
/// </para>
/// <para>
/// Connections, sockets and handles in an item stay open in the process that put it until the item is taken, and are lost if
/// that process ends before. They are let go of when the queue is dropped with the item, if this process is the last to
/// dispose it and none that had it was killed; otherwise nobody can tell it, and they stay open until it ends.
/// Whoever takes such an item takes them with it: a lease that is given back does not bring them again.
/// </para>
/// </remarks>
[Picklable(typeof(InterprocessQueue<>.Pickler))]
public sealed class InterprocessQueue<T> : QueueBase<T>, ISharedObject<InterprocessQueue<T>>
{
    /// <summary>An empty queue.</summary>
    /// <param name="capacity">How many items may wait at most; null for no limit.</param>
    /// <param name="options">How it works; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not positive, or a setting is out of its range.</exception>
    /// <exception cref="IOException">The system has no memory, no address space or no descriptor left.</exception>
    public InterprocessQueue(int? capacity = null, QueueOptions? options = null)
        : base(QueueCore.Allocate(SharedKind.Queue, capacity, options))
    {
    }

    private InterprocessQueue(SharedCell cell)
        : base(cell)
    {
    }

    static SharedKind ISharedObject<InterprocessQueue<T>>.Kind => SharedKind.Queue;

    static InterprocessQueue<T> ISharedObject<InterprocessQueue<T>>.FromCell(SharedCell cell) => new(QueueCore.Checked(cell));

    internal sealed class Pickler : SharedObjectPickler<InterprocessQueue<T>>
    {
    }
}
