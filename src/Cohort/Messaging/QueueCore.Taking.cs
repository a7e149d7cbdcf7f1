using Cohort.Synchronizing;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>Takes the bytes of an item where they lie.</summary>
internal unsafe interface IItemSink
{
    void Take(byte* data, int length);
}

/// <summary>What came of an attempt to take an item.</summary>
internal enum Taking
{
    /// <summary>An item was taken.</summary>
    Taken,

    /// <summary>None came in time.</summary>
    None,

    /// <summary>None is left, and none will come.</summary>
    Ended,
}

internal sealed partial class QueueCore
{
    /// <summary>How often those who have taken items and died are looked for, while others come for items.</summary>
    private const int LookMilliseconds = PendingWait.SliceMilliseconds;

    private long _lastLook;

    /// <summary>Takes the next item.</summary>
    /// <param name="sink">Gets its bytes.</param>
    /// <param name="lease">Where it lies until it is said to be done; null takes it for good.</param>
    /// <param name="deadline">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Taking Take<TSink>(ref TSink sink, LeasedItem? lease, Deadline deadline, CancellationToken cancellationToken)
        where TSink : struct, IItemSink
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool hasNews = false;
        Enter();
        try
        {
            if (LockCore.TryTakeSoon(_memory.GetLock) && TakeLocked(ref sink, lease) is not Taking.None and Taking soon)
            {
                return soon;
            }

            while (true)
            {
                if (LockCore.Take(_owner, _memory.GetLock, ForLock(deadline), cancellationToken) is null)
                {
                    return Taking.None;
                }

                Taking taking = TakeLocked(ref sink, lease);
                hasNews = false;
                if (taking != Taking.None)
                {
                    return taking;
                }

                if (deadline.HasPassed || !WaitFor(QueueNews.Items, 0, deadline, cancellationToken))
                {
                    return Taking.None;
                }

                hasNews = true;
            }
        }
        finally
        {
            LeaveWith(hasNews, QueueNews.Items);
        }
    }

    /// <summary>Takes the next item if one is there at once, and nobody is at it.</summary>
    public bool TryTakeSoon<TSink>(ref TSink sink, LeasedItem? lease)
        where TSink : struct, IItemSink
    {
        Enter();
        try
        {
            return LockCore.TryTakeSoon(_memory.GetLock) && TakeLocked(ref sink, lease) == Taking.Taken;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>As <see cref="Take"/>, without blocking a thread.</summary>
    public async ValueTask<(Taking Taking, TSink Sink)> TakeAsync<TSink>(
        LeasedItem? lease, Deadline deadline, CancellationToken cancellationToken)
        where TSink : struct, IItemSink
    {
        TSink sink = default;
        bool hasNews = false;
        Enter();
        try
        {
            while (true)
            {
                if (await LockCore.TakeAsync(_owner, _memory.GetLock, ForLock(deadline), cancellationToken).ConfigureAwait(false) is null)
                {
                    return (Taking.None, sink);
                }

                Taking taking = TakeLocked(ref sink, lease);
                hasNews = false;
                if (taking != Taking.None)
                {
                    return (taking, sink);
                }

                if (deadline.HasPassed || !await WaitForAsync(QueueNews.Items, 0, deadline, cancellationToken).ConfigureAwait(false))
                {
                    return (Taking.None, sink);
                }

                hasNews = true;
            }
        }
        finally
        {
            LeaveWith(hasNews, QueueNews.Items);
        }
    }

    /// <summary>A leased item is done with.</summary>
    public void Complete(ulong position)
    {
        Enter();
        try
        {
            _memory.FrameAt(position).State = FrameState.Done;

            // If somebody is at it, whoever comes next frees the memory.
            if (_memory.GetLock.TryTake())
            {
                Advance(_memory.Next);
                _memory.GetLock.Release();
            }

            if (_memory.IsCompleted)
            {
                // Those who wait for it to be given back have nothing to wait for any more.
                _memory.ConsumerBell.RingAll();
            }

            Interlocked.MemoryBarrier();
            TellOfRoom();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>A leased item is to be taken by somebody else.</summary>
    public void GiveBack(ulong position)
    {
        Enter();
        try
        {
            LockCore.Take(_owner, _memory.GetLock, Deadline.Never, CancellationToken.None);
            _memory.FrameAt(position).State = FrameState.Waiting;
            GoBackTo(position);
            _memory.GetLock.Release();
            _memory.ConsumerBell.Ring();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Takes an item under the get lock, which it then releases.</summary>
    private Taking TakeLocked<TSink>(ref TSink sink, LeasedItem? lease)
        where TSink : struct, IItemSink
    {
        Taking taking;
        ulong before = 0;
        ulong after = 0;
        try
        {
            before = _memory.Tail;
            if (HasLeases && Environment.TickCount64 - _lastLook >= LookMilliseconds)
            {
                _lastLook = Environment.TickCount64;
                TakeBackFromDead();
            }

            if (lease is not null && !_memory.WasLeased)
            {
                // Who sleeps for long, as nothing would come back from the dead, is to know before something can.
                _memory.WasLeased = true;
                _memory.ConsumerBell.RingAll();
            }

            // The second look is for what was put after the first one and before the queue was completed. Whether something is
            // leased is asked under the lock, as it may be given back at any other time.
            taking = TryRead(ref sink, lease) ? Taking.Taken
                : !_memory.IsCompleted ? Taking.None
                : TryRead(ref sink, lease) ? Taking.Taken
                : HasLeases ? Taking.None : Taking.Ended;
            after = _memory.Tail;
        }
        finally
        {
            _memory.GetLock.Release();
        }

        // The head is the producers' line: only where somebody may sleep beside what is left.
        if (_memory.ConsumerBell.IsAwaited && _memory.Next != _memory.Head)
        {
            _memory.ConsumerBell.PassOn();
        }

        // Also of what others had taken and done before.
        if (taking == Taking.Taken || before != after)
        {
            TellOfRoom();
        }

        return taking;
    }

    /// <summary>The release of the lock was the full fence between the room and this look.</summary>
    private void TellOfRoom()
    {
        if (!_memory.ProducerBell.IsAwaited)
        {
            // The limit is on the producers' line.
            return;
        }

        if (_memory.Limit == long.MaxValue)
        {
            // Those who wait do so for different amounts of memory: the next in turn may not be one whom this much helps.
            _memory.ProducerBell.RingAllAwaited();
        }
        else
        {
            _memory.ProducerBell.PassOn();
        }
    }

    private unsafe bool TryRead<TSink>(ref TSink sink, LeasedItem? lease)
        where TSink : struct, IItemSink
    {
        ulong next = _memory.Next;
        ulong head = _memory.SeenHead;
        if ((long)(head - next) < 0)
        {
            head = next;
        }

        // The head that was seen last is left behind where what lies before it is done with already.
        while (next != head || next != (_memory.SeenHead = head = _memory.Head))
        {
            QueueFrame frame = _memory.CheckedFrameAt(next, head) ?? throw Broken(next);
            ulong end = next + frame.Size;
            if (frame.State != FrameState.Waiting)
            {
                next = end;
                continue;
            }

            // Fails, if at all, before anything has changed.
            sink.Take(frame.Payload, (int)frame.Length);
            if (lease is not null)
            {
                frame.Lease();
                lease.Position = next;
            }
            else if (next == _memory.Tail)
            {
                Pass(end);
                return true;
            }
            else
            {
                frame.State = FrameState.Done;
            }

            Advance(end);
            return true;
        }

        Advance(next);
        return false;
    }

    /// <summary>All before this is taken, and none of it leased: the frames need not even be marked.</summary>
    private void Pass(ulong next)
    {
        if ((long)(next - _memory.TakenEnd) > 0)
        {
            _memory.TakenEnd = next;
        }

        ulong tail = _memory.Tail;
        _memory.Next = next;
        _memory.Tail = next;
        _memory.GiveBack(tail, next, hasPutLock: false);
    }

    /// <summary>No item before this waits any more. Frees what is done.</summary>
    private void Advance(ulong next, bool hasPutLock = false)
    {
        if ((long)(next - _memory.TakenEnd) > 0)
        {
            _memory.TakenEnd = next;
        }

        _memory.Next = next;
        ulong tail = _memory.Tail;
        ulong freed = tail;
        while (freed != next && _memory.CheckedFrameAt(freed, next) is { IsOver: true } frame)
        {
            freed += frame.Size;
        }

        if (freed != tail)
        {
            _memory.Tail = freed;
            _memory.GiveBack(tail, freed, hasPutLock);
        }
    }

    /// <summary>What processes had taken that have died counts as waiting again.</summary>
    /// <remarks>
    /// One long lease may have millions of items behind it that are done with. They become one frame here, so that only the
    /// first look goes over them.
    /// </remarks>
    private void TakeBackFromDead()
    {
        ulong end = _memory.TakenEnd;
        ulong first = end;
        ulong? over = null;
        for (ulong position = _memory.Tail; position != end;)
        {
            QueueFrame frame = _memory.CheckedFrameAt(position, end) ?? throw Broken(position);
            if (frame.State == FrameState.Leased && !frame.IsWorkedOn)
            {
                frame.State = FrameState.Waiting;
            }

            // Also one that somebody gave back who died before it set next.
            if (frame.State == FrameState.Waiting && first == end)
            {
                first = position;
            }

            ulong next = position + frame.Size;
            if (!frame.IsOver)
            {
                over = null;
            }
            else if (over is { } start && _memory.RestAt(start) >= next - start)
            {
                _memory.FrameAt(start).Extend(next - start);
            }
            else
            {
                over = position;
            }

            position = next;
        }

        GoBackTo(first);
    }

    private void GoBackTo(ulong position)
    {
        if ((long)(_memory.Next - position) > 0)
        {
            _memory.Next = position;
        }
    }
}
