using Cohort.Platform;
using Cohort.Serializing;

namespace Cohort.Sharing;

// Overview
//
// What lies in the cell of a broadcast value:
//
//      +0   gone: 1 when the creator has disposed it
//      +4   the creator's process id
//      +8   its start time
//      +64  the value as a message of the codec; the cell's length says how long
//
// The creator writes all of it once; after that only the first word changes.

/// <summary>The shared memory of one broadcast value.</summary>
internal readonly unsafe struct BroadcastWords(SharedCell cell)
{
    private const int HeaderSize = 64;

    public bool IsGone
    {
        get => Volatile.Read(ref *(int*)cell.Payload) != 0;
        set => Volatile.Write(ref *(int*)cell.Payload, value ? 1 : 0);
    }

    public ProcessIdentity Creator => new(*(int*)(cell.Payload + 4), *(ulong*)(cell.Payload + 8));

    /// <summary>The value in a new cell, gathered straight into it.</summary>
    /// <exception cref="IOException">There is no memory, or no descriptor is left.</exception>
    public static SharedCell Create(PickleWriter writer)
    {
        SharedCell cell = SharedCell.Allocate(SharedKind.Broadcast, HeaderSize + writer.TotalLength);
        byte* target = cell.Payload + HeaderSize;
        for (int i = 0; i < writer.SegmentCount; i++)
        {
            ReadOnlySpan<byte> segment = writer.GetSegment(i);
            segment.CopyTo(new Span<byte>(target, segment.Length));
            target += segment.Length;
        }

        *(int*)(cell.Payload + 4) = ProcessIdentity.Current.ProcessId;
        *(ulong*)(cell.Payload + 8) = ProcessIdentity.Current.StartTime;
        return cell;
    }

    /// <exception cref="InvalidDataException">The cell is too small to be one.</exception>
    public static void Check(SharedCell cell)
    {
        if (cell.Length < HeaderSize)
        {
            throw new InvalidDataException($"A broadcast value cannot have {cell.Length} bytes.");
        }
    }

    public T Decode<T>()
    {
        PickleReader reader = new();
        reader.Reset(cell.Payload + HeaderSize, cell.Length - HeaderSize);
        T value = Pickle.Read<T>(reader);
        reader.EnsureAtEnd();
        return value;
    }
}
