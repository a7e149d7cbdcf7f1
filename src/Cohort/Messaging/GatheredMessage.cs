using System.Buffers;
using System.Diagnostics;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>A message that came in parts: in the receiver's room where that is long enough, else in an array of its own.</summary>
internal sealed unsafe class GatheredMessage : IncomingMessage
{
    /// <summary>Null when the message is in the receiver's room.</summary>
    private byte[]? _bytes;
    private MemoryHandle _pin;
    private byte* _data;
    private int _filled;

    public GatheredMessage(int length, ReceiveRoom room)
    {
        Length = length;
        if (length <= room.Length)
        {
            _data = room.Start;
            return;
        }

        _data = Allocate();
    }

    public override byte* Data => _data;

    public override int Length { get; }

    public int Missing => Length - _filled;

    public void Add(ReadOnlySpan<byte> part)
    {
        Debug.Assert(part.Length <= Missing, "A part is looked at before it is added.");
        part.CopyTo(new Span<byte>(Data + _filled, Missing));
        _filled += part.Length;
    }

    /// <summary>Leaves the receiver's room, which is the receiver's again. This object.</summary>
    public GatheredMessage Keep()
    {
        if (_bytes is null)
        {
            Span<byte> filled = new(_data, _filled);
            _data = Allocate();
            filled.CopyTo(new Span<byte>(_data, _filled));
        }

        return this;
    }

    public override byte[] ToArray() => _bytes ?? base.ToArray();

    public override void Dispose() => _pin.Dispose();

    private byte* Allocate()
    {
        _bytes = LargeArrays.Allocate<byte>(Length);
        _pin = _bytes.AsMemory().Pin();
        return (byte*)_pin.Pointer;
    }
}
