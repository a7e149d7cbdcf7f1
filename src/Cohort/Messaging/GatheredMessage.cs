using System.Buffers;
using System.Diagnostics;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>A message that came in parts: in the receiver's room where that is long enough, else in an array of its own.</summary>
internal sealed unsafe class GatheredMessage : IncomingMessage
{
    /// <summary>Null when the message is in the receiver's room.</summary>
    private readonly byte[]? _bytes;
    private MemoryHandle _pin;
    private int _filled;

    public GatheredMessage(int length, ReceiveRoom room)
    {
        Length = length;
        if (length <= room.Length)
        {
            Data = room.Start;
            return;
        }

        _bytes = LargeArrays.Allocate<byte>(length);
        _pin = _bytes.AsMemory().Pin();
        Data = (byte*)_pin.Pointer;
    }

    public override byte* Data { get; }

    public override int Length { get; }

    public int Missing => Length - _filled;

    public void Add(ReadOnlySpan<byte> part)
    {
        Debug.Assert(part.Length <= Missing, "A part is looked at before it is added.");
        part.CopyTo(new Span<byte>(Data + _filled, Missing));
        _filled += part.Length;
    }

    public override byte[] ToArray() => _bytes ?? base.ToArray();

    public override void Dispose() => _pin.Dispose();
}
