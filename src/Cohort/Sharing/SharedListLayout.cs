using System.Buffers.Binary;

namespace Cohort.Sharing;

/// <summary>Where things are in the memory of a <see cref="SharedList"/>; the layout is that of Python 3.9 and later.</summary>
/// <remarks>
/// <code>
/// +0            N, the number of items                        (all numbers: 64 bits, little endian)
/// +8            N+1 offsets of slots, from the first slot on; the last is the end
/// +8·(N+2)      the slots, each of 8 bytes or, for text, a multiple
/// then          N formats of 8 bytes, padded with zeros
/// then          N codes of one byte
/// </code>
/// Python 3.8 has N lengths in place of the offsets.
/// </remarks>
internal sealed class SharedListLayout
{
    private const int Word = 8;

    /// <summary>Where each slot starts, and the last one ends, in the memory.</summary>
    private readonly long[] _starts;

    private SharedListLayout(long[] starts) => _starts = starts;

    public int Count => _starts.Length - 1;

    /// <summary>In bytes.</summary>
    public long TotalLength => CodeOf(Count);

    public static SharedListLayout For(IReadOnlyList<SharedListItem> items)
    {
        long[] starts = new long[items.Count + 1];
        starts[0] = Word * (items.Count + 2L);
        for (int i = 0; i < items.Count; i++)
        {
            starts[i + 1] = starts[i] + items[i].SlotLength;
        }

        return new SharedListLayout(starts);
    }

    /// <summary>Reads what another process wrote, and believes none of it.</summary>
    /// <exception cref="InvalidDataException">It is no list.</exception>
    public static SharedListLayout Read(SharedMemory memory)
    {
        long count = ReadWord(memory, 0);

        // The least that a list of this many items takes: an offset, a slot, a format and a code each.
        if (count < 0 || count >= Array.MaxLength || count > (memory.Size - Word) / ((3 * Word) + 1))
        {
            throw NoList(memory);
        }

        // The first slot is at offset 0, and no slot has the length 0. Without slots the shorter of both layouts will do.
        bool hasOffsets = count > 0 && ReadWord(memory, Word) == 0;
        SharedListLayout layout = new(hasOffsets ? ReadOffsets(memory, (int)count) : ReadLengths(memory, (int)count));
        return layout.TotalLength <= memory.Size ? layout : throw NoList(memory);
    }

    public void WriteTo(SharedMemory memory)
    {
        WriteWord(memory, 0, Count);
        for (int i = 0; i <= Count; i++)
        {
            WriteWord(memory, Word * (i + 1L), _starts[i] - _starts[0]);
        }
    }

    public long SlotOf(int index) => _starts[index];

    public int SlotLengthOf(int index) => (int)(_starts[index + 1] - _starts[index]);

    public long FormatOf(int index) => _starts[^1] + ((long)SharedListItem.FormatLength * index);

    public long CodeOf(int index) => FormatOf(Count) + index;

    private static long[] ReadOffsets(SharedMemory memory, int count)
    {
        long[] starts = new long[count + 1];
        long first = Word * (count + 2L);
        starts[0] = first;
        for (int i = 1; i <= count; i++)
        {
            Append(memory, starts, i, ReadWord(memory, Word * (i + 1L)) - (starts[i - 1] - first));
        }

        return starts;
    }

    private static long[] ReadLengths(SharedMemory memory, int count)
    {
        long[] starts = new long[count + 1];
        starts[0] = Word * (count + 1L);
        for (int i = 1; i <= count; i++)
        {
            Append(memory, starts, i, ReadWord(memory, Word * (long)i));
        }

        return starts;
    }

    private static void Append(SharedMemory memory, long[] starts, int index, long length)
    {
        if (length < SharedListItem.Unit || length > int.MaxValue || length > memory.Size - starts[index - 1])
        {
            throw NoList(memory);
        }

        starts[index] = starts[index - 1] + length;
    }

    private static long ReadWord(SharedMemory memory, long offset) => offset <= memory.Size - Word
        ? BinaryPrimitives.ReadInt64LittleEndian(memory.Borrow(offset, Word))
        : throw NoList(memory);

    private static void WriteWord(SharedMemory memory, long offset, long value) =>
        BinaryPrimitives.WriteInt64LittleEndian(memory.Borrow(offset, Word), value);

    private static InvalidDataException NoList(SharedMemory memory) =>
        new($"The shared memory '{memory.Name}' of {memory.Size} bytes holds no list: its sizes do not fit together.");
}
