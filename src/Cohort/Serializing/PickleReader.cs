using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Serializing;

/// <summary>
/// Gives back what a <see cref="PickleWriter"/> took, in the same order. Reads memory that may be shared or native;
/// nothing that it returns refers to that memory.
/// </summary>
/// <remarks>
/// The bytes are not trusted: each length is checked against what is left before anything is allocated, and all counts
/// of a message together cannot exceed its length, because each element takes at least one byte.
/// </remarks>
[DebuggerDisplay("{Remaining} bytes left")]
public sealed unsafe partial class PickleReader
{
    private byte* _cursor;
    private byte* _end;
    private long _budget;
    private MemoryHandle _pin;
    private bool _isPinned;

    internal PickleReader()
    {
    }

    /// <inheritdoc cref="PickleWriter.Context"/>
    internal object? Context { get; set; }

    /// <summary>How many bytes are left.</summary>
    internal long Remaining => _end - _cursor + (_source is null ? 0 : _source.Remaining);

    /// <summary>Starts on a message that stays where it is until it has been read.</summary>
    internal void Reset(byte* data, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Unpin();
        Start(data, length);
    }

    /// <summary>Starts on a message in managed memory, which stays pinned until the next <c>Reset</c>.</summary>
    internal void Reset(ReadOnlyMemory<byte> message)
    {
        Unpin();
        _pin = message.Pin();
        _isPinned = true;
        Start((byte*)_pin.Pointer, message.Length);
    }

    /// <summary>Lets go of the message and all objects.</summary>
    internal void Clear() => Reset(null, 0);

    /// <summary>The next bytes, which the caller takes at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref byte Take(int count)
    {
        byte* start = _cursor;
        if ((ulong)(uint)count > (ulong)(_end - start))
        {
            return ref TakeAcross(count);
        }

        _cursor = start + (uint)count;
        return ref *start;
    }

    internal ReadOnlySpan<byte> TakeSpan(int count)
    {
        return MemoryMarshal.CreateReadOnlySpan(ref Take(count), count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T ReadUnmanaged<T>() => Unsafe.ReadUnaligned<T>(ref Take(Unsafe.SizeOf<T>()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint ReadVar()
    {
        byte* start = _cursor;
        if (start < _end && *start < 0x80)
        {
            _cursor = start + 1;
            return *start;
        }

        return ReadLongVar();
    }

    /// <summary>A number of elements, of which each takes at least one of the bytes that are left.</summary>
    internal int ReadCount()
    {
        uint count = ReadVar();
        Claim(count);
        return (int)count;
    }

    /// <summary>A number of elements of a fixed size, all of which must still be there.</summary>
    internal int ReadRawCount(int elementSize)
    {
        uint count = ReadVar();
        if (count > Array.MaxLength || (long)count * elementSize > Remaining)
        {
            ThrowTruncated();
        }

        return (int)count;
    }

    /// <summary>Takes a number of elements off the budget of the message.</summary>
    internal void Claim(long count)
    {
        if (count > Remaining || count > Array.MaxLength || (_budget -= count) < 0)
        {
            throw new PickleException($"The message claims {count} elements, more than it has bytes for.");
        }
    }

    internal void EnsureAtEnd()
    {
        if (Remaining != 0)
        {
            throw new PickleException($"{Remaining} bytes are left over after the value; the two sides disagree on its type.");
        }
    }

    private static void ThrowTruncated() =>
        throw new PickleException("The message ends before its value does, or it is not a message.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint ReadLongVar()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = Take(1);
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new PickleException("A number in the message has more than 32 bits.");
    }

    private void Start(byte* data, long length)
    {
        _source = null;
        _cursor = data;
        _end = data + length;
        _budget = length;
        if ((_objectCount | _typeCount | Depth) != 0 || _deferred is not null || HasUnsureTables)
        {
            ForgetGraph();
        }
    }

    private void Unpin()
    {
        if (_isPinned)
        {
            _pin.Dispose();
            _pin = default;
            _isPinned = false;
        }
    }
}
