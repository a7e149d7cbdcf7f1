using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>What is put into a queue: encoded already, as nothing that can fail is done under the lock.</summary>
internal unsafe interface IQueueItem
{
    long Length { get; }

    void CopyTo(byte* destination);
}

internal sealed partial class QueueCore
{
    /// <summary>From where on a producer that finds the queue empty starts again at the front of the ring.</summary>
    private const ulong JumpOffset = 1 << 20;

    /// <summary>How far a producer goes from one look whether the queue is empty to the next.</summary>
    private const ulong JumpStep = 1 << 16;

    /// <returns>False when the deadline passed first.</returns>
    public bool Put<TItem>(in TItem item, Deadline deadline, CancellationToken cancellationToken)
        where TItem : IQueueItem
    {
        EnsureFits(item.Length);
        cancellationToken.ThrowIfCancellationRequested();
        bool hasNews = false;
        Enter();
        try
        {
            if (LockCore.TryTakeSoon(_memory.PutLock) && PutLocked(item))
            {
                return true;
            }

            while (true)
            {
                bool? taken = LockCore.Take(_owner, _memory.PutLock, ForPutLock(deadline), cancellationToken);
                if (taken is null)
                {
                    return false;
                }

                bool isPut = PutLocked(item);
                hasNews = false;
                if (isPut)
                {
                    return true;
                }

                if (deadline.HasPassed || !WaitFor(QueueNews.Room, item.Length, deadline, cancellationToken))
                {
                    return false;
                }

                hasNews = true;
            }
        }
        finally
        {
            LeaveWith(hasNews, QueueNews.Room);
        }
    }

    /// <inheritdoc cref="Put"/>
    public ValueTask<bool> PutAsync<TItem>(TItem item, Deadline deadline, CancellationToken cancellationToken)
        where TItem : IQueueItem
    {
        EnsureFits(item.Length);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        Enter();
        try
        {
            if (LockCore.TryTakeSoon(_memory.PutLock) && PutLocked(item))
            {
                return new ValueTask<bool>(true);
            }
        }
        finally
        {
            Leave();
        }

        return PutSlowlyAsync(item, deadline, cancellationToken);
    }

    private async ValueTask<bool> PutSlowlyAsync<TItem>(TItem item, Deadline deadline, CancellationToken cancellationToken)
        where TItem : IQueueItem
    {
        bool hasNews = false;
        Enter();
        try
        {
            while (true)
            {
                bool? taken = await LockCore.TakeAsync(_owner, _memory.PutLock, ForPutLock(deadline), cancellationToken).ConfigureAwait(false);
                if (taken is null)
                {
                    return false;
                }

                bool isPut = PutLocked(item);
                hasNews = false;
                if (isPut)
                {
                    return true;
                }

                if (deadline.HasPassed || !await WaitForAsync(QueueNews.Room, item.Length, deadline, cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }

                hasNews = true;
            }
        }
        finally
        {
            LeaveWith(hasNews, QueueNews.Room);
        }
    }

    private Deadline ForPutLock(Deadline deadline) => PutsWaitForOthers ? Deadline.Never : ForLock(deadline);

    /// <exception cref="ArgumentException">It could never be put.</exception>
    private void EnsureFits(long length)
    {
        if (length > Array.MaxLength || QueueLayout.FrameSize(length) > _memory.FreeAt(0, 0))
        {
            throw new ArgumentException(
                $"An item of {length} bytes is larger than the {_memory.RingSize} bytes of the queue ({nameof(QueueOptions)}.{nameof(QueueOptions.MemoryLimit)}).",
                nameof(length));
        }
    }

    /// <summary>Puts the item under the put lock, which it then releases. A holder that died has put its item or has not: nothing is to be mended.</summary>
    /// <returns>False: there is no room.</returns>
    private bool PutLocked<TItem>(in TItem item)
        where TItem : IQueueItem
    {
        bool hasMoreRoom;
        try
        {
            if (_memory.IsCompleted)
            {
                throw new InvalidOperationException("Nothing more can be put into the queue: adding was completed.");
            }

            if (!TryWrite(item))
            {
                return false;
            }

            hasMoreRoom = _memory.ProducerBell.IsAwaited && (_memory.Limit == long.MaxValue || _memory.Count() < _memory.Limit);
        }
        finally
        {
            _memory.PutLock.Release();
        }

        // The release of the lock was the full fence between the item and this look.
        _memory.ConsumerBell.PassOn();
        if (hasMoreRoom)
        {
            TellOfRoom();
        }

        return true;
    }

    private unsafe bool TryWrite<TItem>(in TItem item)
        where TItem : IQueueItem
    {
        long length = item.Length;
        ulong size = QueueLayout.FrameSize(length);
        if (_memory.Limit != long.MaxValue && _memory.Count() >= _memory.Limit)
        {
            return false;
        }

        ulong head = _memory.Head;
        ulong rest = _memory.RestAt(head);
        if (size > rest || IsTimeToJump(_memory.RingSize - rest, size))
        {
            _memory.SeenTail = _memory.Tail;
            if (head == _memory.SeenTail && (_memory.GetLock.TryTake() || _memory.GetLock.TryTakeFromDead()))
            {
                head = Jump(head);
                rest = _memory.RestAt(head);
            }
        }

        ulong needed = size <= rest ? size : rest + size;
        if (_memory.FreeAt(head, _memory.SeenTail) < needed)
        {
            _memory.SeenTail = _memory.Tail;
            if (_memory.FreeAt(head, _memory.SeenTail) < needed)
            {
                return false;
            }
        }

        ulong number = _memory.NumberBefore(head);
        if (size > rest)
        {
            // An empty frame is written and published by itself, so that head always follows on a whole frame.
            _memory.FrameAt(head).Fill(rest, number);
            head += rest;
            _memory.Head = head;
        }

        QueueFrame frame = _memory.FrameAt(head);
        item.CopyTo(frame.Payload);
        frame.Write((uint)length, number + 1);
        _memory.Head = head + size;
        return true;
    }

    private static bool IsTimeToJump(ulong offset, ulong size) =>
        offset >= JumpOffset && (offset & (JumpStep - 1)) < size;

    /// <summary>Whether a frame fits, with what may be left empty at the end of the ring.</summary>
    private bool HasMemoryFor(ulong size)
    {
        ulong head = _memory.Head;
        ulong rest = _memory.RestAt(head);
        ulong tail = _memory.Tail;
        ulong free = _memory.FreeAt(head, tail);

        // In an empty queue the frame may start at the front, however much of the ring the rest takes up.
        return free >= (size <= rest ? size : rest + size) || (head == tail && size <= free);
    }

    /// <summary>Goes on at the front of the ring. The queue is empty, and both locks are held; the get lock no longer than this.</summary>
    private ulong Jump(ulong head)
    {
        try
        {
            if (_memory.Tail != head)
            {
                return head;
            }

            ulong rest = _memory.RestAt(head);
            _memory.FrameAt(head).Fill(rest, _memory.NumberBefore(head));
            _memory.Head = head + rest;
            _memory.SeenHead = head + rest;
            Advance(head + rest, hasPutLock: true);
            _memory.SeenTail = _memory.Tail;
            return head + rest;
        }
        finally
        {
            _memory.GetLock.Release();
        }
    }
}
