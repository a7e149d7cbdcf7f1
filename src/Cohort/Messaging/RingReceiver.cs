using System.Buffers;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>The reading side of a single-producer single-consumer ring (see <see cref="RingLayout"/>).</summary>
/// <remarks>
/// Not thread-safe. A message read stays valid until <see cref="Release"/>: short ones are seen in place in shared
/// memory, those of several frames are gathered in a pooled buffer first.
/// </remarks>
internal sealed unsafe partial class RingReceiver : IDisposable
{
    /// <summary>The largest buffer for gathered messages that is kept for the next one.</summary>
    private const int MostKept = 8 << 20;

    private readonly byte* _control;
    private readonly byte* _data;
    private readonly ulong _mask;
    private readonly ulong _capacity;
    private readonly Doorbell _peerBell;

    private ulong _tail;
    private ulong _seenHead;

    /// <summary>Where a message of several frames is gathered.</summary>
    private byte[]? _assembly;
    private MemoryHandle _assemblyPin;
    private long _assembled;
    private long _expected = -1;

    /// <summary>The frame that the caller is looking at.</summary>
    private int _heldFrame;

    /// <summary>The ring for long messages, or null.</summary>
    private readonly RingReceiver? _large;

    public RingReceiver(byte* control, byte* mirroredData, int capacity, Doorbell peerBell, RingReceiver? large = null)
    {
        _large = large;
        _control = control;
        _data = mirroredData;
        _capacity = (ulong)capacity;
        _mask = _capacity - 1;
        _peerBell = peerBell;
        _tail = SharedTail;
        _seenHead = Volatile.Read(ref SharedHead);
    }

    /// <summary>Whether the sender said that nothing more comes (frames published before may still be there).</summary>
    public bool IsClosed => Volatile.Read(ref *(int*)(_control + RingLayout.ClosedOffset)) != 0;

    /// <summary>Whether a frame is there to be read.</summary>
    public bool HasData
    {
        get
        {
            if (_seenHead == _tail)
            {
                _seenHead = Volatile.Read(ref SharedHead);
            }

            return _seenHead != _tail;
        }
    }

    private ref ulong SharedHead => ref *(ulong*)(_control + RingLayout.HeadOffset);

    private ref ulong SharedTail => ref *(ulong*)(_control + RingLayout.TailOffset);

    /// <summary>The next whole message, if there is one. Never blocks; takes in the parts of a long one as they come.</summary>
    /// <exception cref="InvalidDataException">What stands in the ring was not written by <see cref="RingSender"/>.</exception>
    public bool TryReceive(out RingMessage message)
    {
        while (HasData)
        {
            Frame frame = Peek();
            if (_expected < 0 && !frame.IsPart)
            {
                message = Hold(frame);
                return true;
            }

            Gather(frame.Payload, frame.Length, frame.IsFirst);
            _tail += (ulong)frame.Size;
            PublishReleases();
            if (!frame.HasMore)
            {
                if (_assembled != _expected)
                {
                    throw new InvalidDataException($"A message of {_expected} bytes came with {_assembled}.");
                }

                _expected = -1;
                message = new RingMessage((byte*)_assemblyPin.Pointer, (int)_assembled, frame.Tag);
                return true;
            }
        }

        message = default;
        return false;
    }

    /// <summary>Whether a frame is there, for a thread that does not own this side: changes nothing.</summary>
    public bool SeesData => Volatile.Read(ref SharedHead) != Volatile.Read(ref _tail);

    /// <summary>Whether a frame is there that nobody has given back, for whoever shares this side: changes nothing.</summary>
    public bool SharesData => Volatile.Read(ref SharedHead) != Volatile.Read(ref SharedTail);

    /// <summary>Starts from what stands in shared memory, after others may have used this side.</summary>
    public void Refresh()
    {
        _heldFrame = 0;
        ulong tail = SharedTail;
        if (tail != _tail)
        {
            _tail = tail;
            _seenHead = Volatile.Read(ref SharedHead);
        }
    }

    /// <summary>Leaves the message that was looked at where it is.</summary>
    public void PutBack() => _heldFrame = 0;

    /// <summary>Gives the frame of the last message back to the sender. Harmless when nothing is held.</summary>
    public void Release()
    {
        if (_heldFrame != 0)
        {
            ReleaseLater();
            PublishReleases();
        }
        else
        {
            ReleaseAssembly();
        }
    }

    /// <summary>As <see cref="Release"/>, but the sender learns of it by the next <see cref="PublishReleases"/>.</summary>
    public void ReleaseLater()
    {
        _tail += (ulong)_heldFrame;
        _heldFrame = 0;
        if (_large is { _heldFrame: > 0 } large)
        {
            large.ReleaseLater();
            Volatile.Write(ref large.SharedTail, large._tail);
        }

        ReleaseAssembly();
    }

    /// <summary>Makes room for the sender of all that was released, and wakes it if it waits for that.</summary>
    public void PublishReleases()
    {
        Volatile.Write(ref SharedTail, _tail);
        _peerBell.Ring(Want.Space);
    }

    /// <summary>Spins, then sleeps, until there is something to read; false when the deadline passed first.</summary>
    /// <exception cref="RingClosedException">Nothing is left and the sender is gone.</exception>
    public bool WaitForData(Doorbell ownBell, SpinBudget spin, Deadline deadline)
    {
        if (!RingWait.Until(new DataOrClosed(this), ownBell, Want.Data, spin, deadline))
        {
            return false;
        }

        // Closed is set after the last publish, so a look at the head after it is the last word.
        return HasData ? true : throw new RingClosedException();
    }

    /// <summary>Blocks for the next message; false when the deadline passed first.</summary>
    /// <exception cref="RingClosedException">Nothing is left and the sender is gone.</exception>
    public bool Receive(out RingMessage message, Doorbell ownBell, SpinBudget spin, Deadline deadline)
    {
        while (!TryReceive(out message))
        {
            if (!WaitForData(ownBell, spin, deadline))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells the sender that nobody reads any more, and wakes it.</summary>
    public void Close()
    {
        Volatile.Write(ref *(int*)(_control + RingLayout.ClosedOffset), 1);
        _peerBell.Ring(Want.Data | Want.Space);
    }

    public void Dispose()
    {
        _assemblyPin.Dispose();
        _assembly = null;
    }

    private void Gather(byte* payload, int length, bool first)
    {
        if (first)
        {
            long total = *(long*)payload;
            if (_expected >= 0 || length < sizeof(long) || total < 0 || total > RingLayout.MaxMessageLength)
            {
                throw new InvalidDataException($"The ring announces a message of {total} bytes in the middle of another or beyond the limit.");
            }

            _expected = total;
            _assembled = 0;
            Reserve((int)total);
            payload += sizeof(long);
            length -= sizeof(long);
        }

        if (_expected < 0 || _assembled + length > _expected)
        {
            throw new InvalidDataException("The ring holds a part of a message that was not announced.");
        }

        new ReadOnlySpan<byte>(payload, length).CopyTo(_assembly.AsSpan((int)_assembled));
        _assembled += length;
    }

    /// <summary>What the largest message took is not kept for ever.</summary>
    private void ReleaseAssembly()
    {
        if (_assembly is { Length: > MostKept } && _expected < 0)
        {
            _assemblyPin.Dispose();
            _assembly = null;
        }
    }

    private void Reserve(int length)
    {
        if (_assembly is null || _assembly.Length < length)
        {
            _assemblyPin.Dispose();
            _assembly = GC.AllocateUninitializedArray<byte>(length);
            _assemblyPin = _assembly.AsMemory().Pin();
        }
    }

    private readonly struct DataOrClosed(RingReceiver ring) : IRingCondition
    {
        public bool Holds() => ring.HasData || ring.IsClosed;
    }
}
