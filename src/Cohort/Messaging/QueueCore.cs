using System.Diagnostics;
using System.Numerics;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>What all queues do (see <see cref="QueueLayout"/> for how).</summary>
internal sealed partial class QueueCore
{
    /// <summary>How long a call that is not to wait for an item waits for another process to finish its step.</summary>
    private const int StepMilliseconds = 1000;

    private readonly SharedObject _owner;
    private readonly QueueMemory _memory;

    public unsafe QueueCore(SharedObject owner)
    {
        _owner = owner;
        Place = owner.Cell.Location;
        _memory = new QueueMemory(owner.Cell.Payload, (ulong)(owner.Cell.Length - QueueLayout.Ring));
    }

    /// <summary>Where the queue lies: what its items carry beside their bytes is kept as long as this process has it.</summary>
    public object Place { get; }

    /// <summary>Whether a put that is not to wait for room still waits for whoever is in the middle of a put, however long.</summary>
    public bool PutsWaitForOthers { private get; init; }

    public int? Capacity => Held(() => _memory.Limit) is var limit && limit == long.MaxValue ? null : (int)limit;

    public long Count => Held(() => _memory.Count());

    /// <summary>Whether nothing more is to be put.</summary>
    public bool IsAddingCompleted => Held(() => _memory.IsCompleted);

    /// <summary>Items that were put and not said to be done.</summary>
    public long Unfinished => Held(() => UnfinishedTasks);

    /// <summary>Whether some process has taken an item and not said that it is done with it.</summary>
    public bool HasLeases => _memory.Tail != _memory.Next;

    /// <summary>Whether any process has ever taken an item in that way.</summary>
    public bool WasLeased => _memory.WasLeased;

    private long UnfinishedTasks => (long)_memory.LastNumber - Volatile.Read(ref _memory.TasksDone);

    public static unsafe SharedCell Allocate(SharedKind kind, int? capacity, QueueOptions? options)
    {
        options ??= QueueOptions.Default;
        options.Validate();
        if (capacity is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit, nameof(capacity));
        }

        ulong ring = BitOperations.RoundUpToPowerOf2((ulong)options.MemoryLimit);
        SharedCell cell = SharedCell.Allocate(kind, QueueLayout.Ring + (long)ring);
        new QueueMemory(cell.Payload, ring).Limit = capacity ?? long.MaxValue;
        return cell;
    }

    /// <exception cref="InvalidDataException">The cell is no queue of this version.</exception>
    public static SharedCell Checked(SharedCell cell) =>
        cell.Length - QueueLayout.Ring >= QueueOptions.MinMemoryLimit && BitOperations.IsPow2(cell.Length - QueueLayout.Ring)
            ? cell
            : throw new InvalidDataException($"A queue of {cell.Length} bytes is none of this version of Cohort.");

    /// <summary>Says that nothing more is to be put. Who waits for an item gets what is left, and then the news.</summary>
    public void CompleteAdding()
    {
        Enter();
        try
        {
            LockCore.Take(_owner, _memory.PutLock, Deadline.Never, CancellationToken.None);
            _memory.IsCompleted = true;
            _memory.PutLock.Release();
            _memory.ConsumerBell.RingAll();
            _memory.ProducerBell.RingAll();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Whether it is worth to try again; says nothing for sure.</summary>
    public bool Has(QueueNews news, long itemSize) => news switch
    {
        QueueNews.Items => _memory.Next != _memory.Head || (_memory.IsCompleted && !HasLeases),
        QueueNews.Room => _memory.IsCompleted || (_memory.Count() < _memory.Limit && HasMemoryFor(QueueLayout.FrameSize(itemSize))),
        _ => UnfinishedTasks == 0,
    };

    public QueueBell BellOf(QueueNews news) => news switch
    {
        QueueNews.Items => _memory.ConsumerBell,
        QueueNews.Room => _memory.ProducerBell,
        _ => _memory.JoinBell,
    };

    /// <summary>One who was woken for news leaves without them: they are for somebody else then.</summary>
    public void PassOn(QueueNews news)
    {
        BellOf(news).Announce();
        if (news == QueueNews.Room)
        {
            TellOfRoom();
        }
        else
        {
            BellOf(news).PassOn();
        }
    }

    /// <summary>One task of those that were put is done.</summary>
    /// <exception cref="InvalidOperationException">All that were put have been said to be done.</exception>
    public void TaskDone()
    {
        if (Held(CountTaskDone) == 0)
        {
            _memory.JoinBell.RingAllAwaited();
        }
    }

    public bool Join(Deadline deadline, CancellationToken cancellationToken) =>
        BlockingWait.Run(new QueueWait(_owner, this, QueueNews.AllDone), deadline, cancellationToken);

    public Task<bool> JoinAsync(Deadline deadline, CancellationToken cancellationToken) =>
        AsyncWaits.Run(new QueueWait(_owner, this, QueueNews.AllDone), deadline, cancellationToken);

    /// <summary>
    /// For a call that is not to wait for an item, or not any more: another process may be in the middle of a step, which is
    /// nothing that its user knows of.
    /// </summary>
    private static Deadline ForLock(Deadline deadline) =>
        deadline.RemainingMilliseconds is >= 0 and < StepMilliseconds ? Deadline.InMilliseconds(StepMilliseconds) : deadline;

    /// <returns>How many are left.</returns>
    private long CountTaskDone()
    {
        while (true)
        {
            long done = Volatile.Read(ref _memory.TasksDone);
            long all = (long)_memory.LastNumber;
            if (done >= all)
            {
                throw new InvalidOperationException($"A task was said to be done where all {all} that were put have been.");
            }

            if (Interlocked.CompareExchange(ref _memory.TasksDone, done + 1, done) == done)
            {
                return UnfinishedTasks;
            }
        }
    }

    private InvalidDataException Broken(ulong position) =>
        new($"The queue's memory holds no item at {position}, where one should be: something has written over it ({_owner.GetType().Name}).");

    /// <summary>Keeps the memory from being let go of in the middle of a step, which others would wait for.</summary>
    /// <exception cref="ObjectDisposedException">The queue was disposed in this process.</exception>
    private void Enter() => _owner.Hold();

    private void Leave() => _owner.Cell.LetGo();

    private void LeaveWith(bool hasNews, QueueNews news)
    {
        if (hasNews)
        {
            PassOn(news);
        }

        Leave();
    }

    private bool WaitFor(QueueNews news, long itemSize, Deadline deadline, CancellationToken cancellationToken)
    {
        // A short while first: a sleep and its wake-up cost more than most pauses between two items.
        long end = Stopwatch.GetTimestamp() + SpinBudget.Default.Ticks;
        while (SpinBudget.Default.Microseconds > 0 && Stopwatch.GetTimestamp() < end)
        {
            Thread.SpinWait(8);
            if (Has(news, itemSize))
            {
                return true;
            }
        }

        return BlockingWait.Run(new QueueWait(_owner, this, news, itemSize), deadline, cancellationToken);
    }

    private Task<bool> WaitForAsync(QueueNews news, long itemSize, Deadline deadline, CancellationToken cancellationToken) =>
        AsyncWaits.Run(new QueueWait(_owner, this, news, itemSize), deadline, cancellationToken);

    /// <summary>Runs a step on memory that stays meanwhile.</summary>
    private T Held<T>(Func<T> step)
    {
        Enter();
        try
        {
            return step();
        }
        finally
        {
            Leave();
        }
    }
}
