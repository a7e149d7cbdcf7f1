using System.Buffers;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>A message that came in parts, in an array of its own.</summary>
internal sealed unsafe class GatheredMessage : IncomingMessage
{
    private readonly byte[] _bytes;
    private MemoryHandle _pin;
    private int _filled;

    public GatheredMessage(int length)
    {
        _bytes = LargeArrays.Allocate<byte>(length);
        _pin = _bytes.AsMemory().Pin();
    }

    public override byte* Data => (byte*)_pin.Pointer;

    public override int Length => _bytes.Length;

    public int Missing => _bytes.Length - _filled;

    public void Add(ReadOnlySpan<byte> part)
    {
        part.CopyTo(_bytes.AsSpan(_filled));
        _filled += part.Length;
    }

    public override byte[] ToArray() => _bytes;

    public override void Dispose() => _pin.Dispose();
}
