using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>Messages of any length: those longer than a frame stream through the ring in parts.</summary>
internal sealed unsafe partial class RingSender
{
    /// <summary>The message that is only partly written, or null.</summary>
    private IRingSource? _pending;
    private long _pendingOffset;
    private uint _pendingTag;

    /// <summary>Starts from what stands in shared memory, after others may have used this side.</summary>
    public void Refresh()
    {
        ulong head = SharedHead;
        if (head != _head)
        {
            _head = head;
            _seenTail = Volatile.Read(ref SharedTail);
        }
    }

    /// <summary>Forgets a pending message. Its receiver waits for the rest, so the ring has to be closed.</summary>
    public void ForgetPending() => _pending = null;

    /// <summary>Whether a message is only partly in the ring; no other can start before it is whole.</summary>
    public bool HasPending => _pending is not null;

    /// <summary>Starts a message. False: no room now, nothing was written. A long message may be left pending.</summary>
    /// <remarks>The source must stay as it is until <see cref="HasPending"/> is false.</remarks>
    /// <param name="source">The message.</param>
    /// <param name="tag">Travels beside it.</param>
    /// <param name="publish">False leaves a short message invisible until the next <see cref="Publish"/>.</param>
    /// <exception cref="InvalidOperationException">A message is pending, or this one is longer than messages may be.</exception>
    public bool TrySend(IRingSource source, uint tag, bool publish = true)
    {
        if (_pending is not null)
        {
            throw new InvalidOperationException("The message before this one is only partly in the ring.");
        }

        long length = source.Length;
        if (length <= MaxFramePayload)
        {
            byte* room = TryBegin((int)length);
            if (room is null)
            {
                return false;
            }

            source.CopyTo(0, new Span<byte>(room, (int)length));
            Commit((int)length, tag);
            if (publish)
            {
                Publish();
            }

            return true;
        }

        if (length <= MaxWholeMessage)
        {
            return TrySendElsewhere(source, (int)length, tag, publish);
        }

        if (length > RingLayout.MaxMessageLength)
        {
            throw new InvalidOperationException(
                $"A message of {length} bytes is longer than the limit of {RingLayout.MaxMessageLength} bytes.");
        }

        _pending = source;
        _pendingOffset = 0;
        _pendingTag = tag;
        Flush();
        return true;
    }

    /// <summary>Writes on with the pending message; true when nothing is pending any more.</summary>
    public bool Flush()
    {
        // What was committed and not published may be all that the ring holds: nobody could make room then.
        bool wrote = _pending is not null && SharedHead != _head;
        while (_pending is not null)
        {
            bool first = _pendingOffset == 0;
            int prefix = first ? sizeof(long) : 0;
            long left = _pending.Length - _pendingOffset;
            int part = (int)Math.Min(left, MaxFramePayload - prefix);
            byte* room = TryBegin(part + prefix);
            if (room is null)
            {
                break;
            }

            if (first)
            {
                *(long*)room = _pending.Length;
            }

            _pending.CopyTo(_pendingOffset, new Span<byte>(room + prefix, part));
            _pendingOffset += part;
            bool more = part < left;
            Commit(part + prefix, _pendingTag, (more ? RingLayout.MoreFlag : 0) | (first ? RingLayout.FirstFlag : 0));
            Volatile.Write(ref SharedHead, _head);
            wrote = true;
            if (!more)
            {
                _pending = null;
            }
        }

        if (wrote)
        {
            Publish();
        }

        return _pending is null;
    }

    /// <summary>Sends a whole message, blocking while the ring is full.</summary>
    /// <param name="ownBell">Where this side sleeps.</param>
    /// <param name="spin">How long to spin before sleeping.</param>
    /// <exception cref="RingClosedException">The receiver is gone.</exception>
    /// <exception cref="TimeoutException">The deadline passed; the message may be partly written, so the ring is unusable.</exception>
    public void Send(IRingSource source, uint tag, Doorbell ownBell, SpinBudget spin, Deadline deadline)
    {
        if (IsClosed)
        {
            throw new RingClosedException();
        }

        bool started = TrySend(source, tag);
        while (!started || !Flush())
        {
            if (SharedHead != _head)
            {
                Publish();
            }

            if (!WaitForSpace(started ? 0 : source.Length, ownBell, spin, deadline))
            {
                throw new TimeoutException("The ring stayed full until the deadline.");
            }

            if (!started)
            {
                started = TrySend(source, tag);
            }
        }
    }

    /// <summary>Puts a long message into the large ring and its announcement into this one.</summary>
    private bool TrySendElsewhere(IRingSource source, int length, uint tag, bool publish)
    {
        byte* announcement = TryBegin(sizeof(long));
        byte* room = announcement is null ? null : _large!.TryBegin(length);
        if (room is null)
        {
            return false;
        }

        source.CopyTo(0, new Span<byte>(room, length));
        _large!.Commit(length, tag);
        Volatile.Write(ref _large.SharedHead, _large._head);
        *(long*)announcement = length;
        Commit(sizeof(long), tag, RingLayout.ElsewhereFlag);
        if (publish)
        {
            Publish();
        }

        return true;
    }

    /// <param name="length">Of the message that waits to be started; 0 goes on with a pending one.</param>
    private bool WaitForSpace(long length, Doorbell ownBell, SpinBudget spin, Deadline deadline)
    {
        // A pending message goes on in the largest frames, so wait for room for one rather than for any.
        bool elsewhere = length > MaxFramePayload;
        int here = RingLayout.FrameSize(HasPending ? MaxFramePayload : elsewhere ? sizeof(long) : (int)length);
        int there = elsewhere ? RingLayout.FrameSize((int)length) : 0;
        if (!RingWait.Until(new SpaceOrClosed(this, (ulong)here, (ulong)there), ownBell, Want.Space, spin, deadline))
        {
            return false;
        }

        return IsClosed ? throw new RingClosedException() : true;
    }

    private bool HasSpace(ulong size)
    {
        _seenTail = Volatile.Read(ref SharedTail);
        return _capacity - (_head - _seenTail) >= size;
    }

    private readonly struct SpaceOrClosed(RingSender ring, ulong here, ulong there) : IRingCondition
    {
        public bool Holds() => (ring.HasSpace(here) && (there == 0 || ring._large!.HasSpace(there))) || ring.IsClosed;
    }
}
