using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/*
 * A large raw array, or a long string, is not copied into the buffer. The writer notes the array and where in the buffer
 * its bytes belong, and whoever sends the message gathers the segments, straight into shared memory for example: one copy
 * in all. The array must not change between the write and the gathering.
 */
public sealed partial class PickleWriter
{
    /// <summary>Arrays of at least this many bytes are referred to instead of copied.</summary>
    internal const int BlockThreshold = 64 * 1024;

    /// <summary>A span counts bytes with an int, so that a larger array becomes several blocks.</summary>
    private const int MaxBlockLength = 1 << 30;

    private List<Block>? _blocks;
    private long _blockLength;
    private byte[]? _flat;

    /// <summary>The length of the message in bytes.</summary>
    internal long TotalLength => _position + _blockLength;

    /// <summary>How many stretches of memory make up the message.</summary>
    internal int SegmentCount => _blocks is { Count: > 0 } ? (2 * _blocks.Count) + 1 : 1;

    /// <summary>The message in one piece; gathers it when it has large arrays, so prefer the segments.</summary>
    internal ReadOnlySpan<byte> Written
    {
        get
        {
            if (_blocks is not { Count: > 0 })
            {
                return new ReadOnlySpan<byte>(_buffer, 0, _position);
            }

            if (_flat is null || _flat.Length != TotalLength)
            {
                _flat = ToArray();
            }

            return _flat;
        }
    }

    /// <summary>The stretches in order; some may be empty.</summary>
    internal ReadOnlySpan<byte> GetSegment(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SegmentCount, nameof(index));
        int block = index >> 1;
        if ((index & 1) != 0)
        {
            return _blocks![block].Bytes;
        }

        int start = block == 0 ? 0 : _blocks![block - 1].Position;
        int end = _blocks is not null && block < _blocks.Count ? _blocks[block].Position : _position;
        return new ReadOnlySpan<byte>(_buffer, start, end - start);
    }

    /// <summary>Copies the whole message.</summary>
    internal void CopyTo(Span<byte> destination)
    {
        int count = SegmentCount;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> segment = GetSegment(i);
            segment.CopyTo(destination);
            destination = destination[segment.Length..];
        }
    }

    /// <summary>Copies the whole message, which may be longer than a span can be.</summary>
    /// <param name="destination">Has room for <see cref="TotalLength"/> bytes.</param>
    internal unsafe void CopyTo(byte* destination)
    {
        int count = SegmentCount;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> segment = GetSegment(i);
            segment.CopyTo(new Span<byte>(destination, segment.Length));
            destination += segment.Length;
        }
    }

    internal byte[] ToArray()
    {
        if (_blocks is null)
        {
            return _buffer.AsSpan(0, _position).ToArray();
        }

        long length = TotalLength;
        if (length > Array.MaxLength)
        {
            throw TooLong(length);
        }

        byte[] result = GC.AllocateUninitializedArray<byte>((int)length);
        CopyTo(result);
        return result;
    }

    /// <summary>Writes bytes with their count in front, as <see cref="WriteBytes"/>, by reference if there are many.</summary>
    /// <param name="value">Must not change before the message is sent.</param>
    internal void WriteManyBytes(byte[] value)
    {
        WriteVar((uint)value.Length);
        WriteRaw(value, ref MemoryMarshal.GetArrayDataReference(value), value.Length);
    }

    /// <summary>Writes a whole message with its length in front, as <see cref="WriteBytes"/>. What it refers to is referred to here.</summary>
    /// <param name="message">May be used for another one afterwards.</param>
    /// <exception cref="PickleException">It is longer than an array can be.</exception>
    internal void WriteMessage(PickleWriter message)
    {
        long length = message.TotalLength;
        if (length > Array.MaxLength)
        {
            throw TooLong(length);
        }

        WriteVar((uint)length);
        for (int i = 0; i < message.SegmentCount; i++)
        {
            if ((i & 1) == 0)
            {
                WriteSpanBytes(message.GetSegment(i));
                continue;
            }

            Block block = message._blocks![i >> 1];
            (_blocks ??= []).Add(block with { Position = _position });
            _blockLength += block.Length;
        }
    }

    /// <summary>Writes the bytes of unmanaged elements in an array, by reference if there are many.</summary>
    /// <param name="array">The array.</param>
    /// <param name="data">The first byte, anywhere in the array.</param>
    /// <param name="byteCount">How many.</param>
    internal void WriteRaw(Array array, ref byte data, long byteCount)
    {
        if (byteCount < BlockThreshold)
        {
            int count = (int)byteCount;
            Unsafe.CopyBlockUnaligned(ref Reserve(count), ref data, (uint)count);
            return;
        }

        AddBlocks(array, Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(array), ref data), byteCount);
    }

    /// <summary>Writes the characters of a string, by reference if there are many.</summary>
    internal void WriteRaw(string text)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(text.AsSpan());
        if (bytes.Length < BlockThreshold)
        {
            bytes.CopyTo(ReserveSpan(bytes.Length));
        }
        else
        {
            AddBlocks(text, 0, text.Length * 2L);
        }
    }

    /// <summary>Copies bytes without their number.</summary>
    internal void WriteSpanBytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(ReserveSpan(bytes.Length));

    private static PickleException TooLong(long length) => new($"The message has {length} bytes, more than one array can hold.");

    private void AddBlocks(object owner, long start, long byteCount)
    {
        _blocks ??= [];
        for (long done = 0; done < byteCount; done += MaxBlockLength)
        {
            int length = (int)Math.Min(MaxBlockLength, byteCount - done);
            _blocks.Add(new Block(owner, start + done, length, _position));
        }

        _blockLength += byteCount;
    }

    private void ClearBlocks()
    {
        _blocks = null;
        _blockLength = 0;
        _flat = null;
    }

    /// <summary>Part of an array or a string, and how much of the buffer goes before it.</summary>
    private readonly record struct Block(object Owner, long Offset, int Length, int Position)
    {
        public ReadOnlySpan<byte> Bytes => MemoryMarshal.CreateReadOnlySpan(ref Unsafe.AddByteOffset(ref Start, (nint)Offset), Length);

        private ref byte Start => ref Owner is string text
            ? ref Unsafe.As<char, byte>(ref MemoryMarshal.GetReference(text.AsSpan()))
            : ref MemoryMarshal.GetArrayDataReference((Array)Owner);
    }
}
