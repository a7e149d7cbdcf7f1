using System.Buffers;
using System.Runtime.CompilerServices;
using Cohort.Serializing;

namespace Cohort.Messaging;

/// <summary>An item that is its own bytes.</summary>
internal readonly unsafe struct RawItem<T>(T value) : IQueueItem
{
    public long Length => Unsafe.SizeOf<T>();

    public void CopyTo(byte* destination) => Unsafe.WriteUnaligned(destination, value);
}

/// <summary>An item that was encoded.</summary>
internal readonly unsafe struct EncodedItem(PickleWriter writer) : IQueueItem
{
    public long Length => writer.TotalLength;

    public void CopyTo(byte* destination)
    {
        for (int i = 0; i < writer.SegmentCount; i++)
        {
            ReadOnlySpan<byte> segment = writer.GetSegment(i);
            segment.CopyTo(new Span<byte>(destination, segment.Length));
            destination += segment.Length;
        }
    }
}

/// <summary>Takes an item out of a queue: a raw one at once, the bytes of another to be read when the lock is free again.</summary>
internal unsafe struct ItemSink<T> : IItemSink
{
    private byte[]? _buffer;
    private int _length;
    private T _value;

    public void Take(byte* data, int length)
    {
        if (RawSpans<T>.IsRaw)
        {
            _length = length;
            _value = length == Unsafe.SizeOf<T>() ? Unsafe.ReadUnaligned<T>(data) : default!;
            return;
        }

        _buffer = ArrayPool<byte>.Shared.Rent(length);
        _length = length;
        new ReadOnlySpan<byte>(data, length).CopyTo(_buffer);
    }

    /// <summary>The item. Once.</summary>
    /// <exception cref="PickleException">The bytes are no such item.</exception>
    public T Read()
    {
        if (RawSpans<T>.IsRaw)
        {
            return _length == Unsafe.SizeOf<T>()
                ? _value
                : throw new PickleException($"An item of {_length} bytes is no {TypeDisplay.Of(typeof(T))}.");
        }

        byte[] buffer = _buffer!;
        _buffer = null;
        try
        {
            return Pickle.Loads<T>(buffer.AsSpan(0, _length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
