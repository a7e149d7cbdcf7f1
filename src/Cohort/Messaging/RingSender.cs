using System.Runtime.CompilerServices;

namespace Cohort.Messaging;

/// <summary>The writing side of a single-producer single-consumer ring (see <see cref="RingLayout"/>).</summary>
/// <remarks>Not thread-safe: one thread at a time. Nothing here blocks but <see cref="Send"/>.</remarks>
internal sealed unsafe partial class RingSender
{
    private readonly byte* _control;
    private readonly byte* _data;
    private readonly ulong _mask;
    private readonly ulong _capacity;

    /// <summary>Whom to ring when something was published.</summary>
    private readonly Doorbell _peerBell;

    /// <summary>Bytes written so far, published or not.</summary>
    private ulong _head;

    /// <summary>The last tail seen: reading the shared one only when this says "full" spares its cache line.</summary>
    private ulong _seenTail;

    /// <summary>The ring for long messages, or null.</summary>
    private readonly RingSender? _large;

    public RingSender(byte* control, byte* mirroredData, int capacity, Doorbell peerBell, RingSender? large = null)
    {
        _large = large;
        _control = control;
        _data = mirroredData;
        _capacity = (ulong)capacity;
        _mask = _capacity - 1;
        _peerBell = peerBell;
        _head = SharedHead;
        _seenTail = Volatile.Read(ref SharedTail);
    }

    /// <summary>The longest payload that travels in one frame of this ring.</summary>
    public int MaxFramePayload => ((int)_capacity / 4) - RingLayout.FrameHeaderSize;

    /// <summary>The longest message that travels in one piece.</summary>
    public int MaxWholeMessage => _large is null ? MaxFramePayload : (int)_large._capacity / 2;

    /// <summary>Bytes ever written, padding and headers included.</summary>
    public long Written => (long)_head;

    /// <summary>Bytes that are published and not consumed.</summary>
    public long Backlog => (long)(_head - Volatile.Read(ref SharedTail));

    public bool IsClosed => Volatile.Read(ref *(int*)(_control + RingLayout.ClosedOffset)) != 0;

    private ref ulong SharedHead => ref *(ulong*)(_control + RingLayout.HeadOffset);

    private ref ulong SharedTail => ref *(ulong*)(_control + RingLayout.TailOffset);

    /// <summary>Whether a message of this length can start.</summary>
    public bool HasRoom(long length) => length <= MaxFramePayload || length > MaxWholeMessage
        ? TryBegin((int)Math.Min(length, MaxFramePayload)) is not null
        : TryBegin(sizeof(long)) is not null && _large!.TryBegin((int)length) is not null;

    /// <summary>Room for one frame, or null when the ring is too full. Written bytes show only after a publish.</summary>
    /// <param name="payloadLength">At most <see cref="MaxFramePayload"/>.</param>
    public byte* TryBegin(int payloadLength)
    {
        ulong size = (ulong)RingLayout.FrameSize(payloadLength);
        if (_capacity - (_head - _seenTail) < size)
        {
            _seenTail = Volatile.Read(ref SharedTail);
            if (_capacity - (_head - _seenTail) < size)
            {
                return null;
            }
        }

        return _data + (_head & _mask) + RingLayout.FrameHeaderSize;
    }

    /// <summary>Closes the frame that <see cref="TryBegin"/> opened. It is not visible before <see cref="Publish"/>.</summary>
    public void Commit(int payloadLength, uint tag, uint flags = 0)
    {
        byte* frame = _data + (_head & _mask);
        *(uint*)frame = (uint)payloadLength | flags;
        *(uint*)(frame + 4) = tag;
        _head += (ulong)RingLayout.FrameSize(payloadLength);
    }

    /// <summary>Makes all committed frames visible and wakes the receiver if it sleeps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Publish()
    {
        Volatile.Write(ref SharedHead, _head);
        _peerBell.Ring(Want.Data);
    }

    /// <summary>Says to the receiver that nothing more comes, and wakes it.</summary>
    public void Close()
    {
        Volatile.Write(ref *(int*)(_control + RingLayout.ClosedOffset), 1);
        _peerBell.Ring(Want.Data | Want.Space);
    }
}
