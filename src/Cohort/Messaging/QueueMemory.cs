using Cohort.Platform;
using Cohort.Synchronizing;

namespace Cohort.Messaging;

/// <summary>The words and frames of a queue (see <see cref="QueueLayout"/>).</summary>
/// <param name="address">Of the words.</param>
/// <param name="ringSize">Bytes of the ring, a power of two.</param>
internal readonly unsafe struct QueueMemory(byte* address, ulong ringSize)
{
    /// <summary>So much is free before it is given back.</summary>
    private const long Chunk = 1 << 20;

    /// <summary>So far it goes from one attempt to the next.</summary>
    private const ulong Step = 1 << 16;

    private readonly byte* _address = address;

    public OwnedWord PutLock => new(_address + QueueLayout.PutLock);

    public OwnedWord GetLock => new(_address + QueueLayout.GetLock);

    public QueueBell ConsumerBell => new(_address + QueueLayout.ConsumerBell);

    public QueueBell ProducerBell => new(_address + QueueLayout.ProducerBell);

    public QueueBell JoinBell => new(_address + QueueLayout.JoinBell);

    /// <summary>How many items may wait at a time.</summary>
    public ref long Limit => ref *(long*)(_address + QueueLayout.Limit);

    public ulong RingSize { get; } = ringSize;

    public bool IsCompleted
    {
        get => Volatile.Read(ref *(int*)(_address + QueueLayout.Completed)) != 0;
        set => Volatile.Write(ref *(int*)(_address + QueueLayout.Completed), value ? 1 : 0);
    }

    /// <summary>Whether any item has ever been leased.</summary>
    public bool WasLeased
    {
        get => Volatile.Read(ref *(int*)(_address + QueueLayout.WasLeased)) != 0;
        set => Volatile.Write(ref *(int*)(_address + QueueLayout.WasLeased), value ? 1 : 0);
    }

    public ulong Head
    {
        get => Volatile.Read(ref Word(QueueLayout.Head));
        set => Volatile.Write(ref Word(QueueLayout.Head), value);
    }

    public ulong Next
    {
        get => Volatile.Read(ref Word(QueueLayout.Next));
        set => Volatile.Write(ref Word(QueueLayout.Next), value);
    }

    public ulong TakenEnd
    {
        get => Volatile.Read(ref Word(QueueLayout.TakenEnd));
        set => Volatile.Write(ref Word(QueueLayout.TakenEnd), value);
    }

    public ulong Tail
    {
        get => Volatile.Read(ref Word(QueueLayout.Tail));
        set => Volatile.Write(ref Word(QueueLayout.Tail), value);
    }

    /// <summary>The tail as producers saw it last; never after the real one.</summary>
    public ref ulong SeenTail => ref Word(QueueLayout.SeenTail);

    /// <summary>The head as consumers saw it last; never after the real one.</summary>
    public ref ulong SeenHead => ref Word(QueueLayout.SeenHead);

    public ref ulong Kept => ref Word(QueueLayout.Kept);

    public ref long TasksDone => ref *(long*)(_address + QueueLayout.TasksDone);

    /// <summary>How many items there have ever been.</summary>
    public ulong LastNumber
    {
        get
        {
            while (true)
            {
                ulong head = Head;
                ulong number = NumberBefore(head);

                // As long as it is the head, what stands before it stays.
                if (Head == head)
                {
                    return number;
                }
            }
        }
    }

    /// <summary>Where in this process a position lies.</summary>
    public byte* AddressOf(ulong position) => _address + QueueLayout.Ring + (position & (RingSize - 1));

    public QueueFrame FrameAt(ulong position) => new(AddressOf(position));

    /// <summary>Bytes that are free behind the head.</summary>
    public ulong FreeAt(ulong head, ulong tail) => RingSize - QueueLayout.Alignment - (head - tail);

    /// <summary>Bytes from a position to the end of the ring.</summary>
    public ulong RestAt(ulong position) => RingSize - (position & (RingSize - 1));

    /// <summary>The number of the frame that ends here.</summary>
    public ulong NumberBefore(ulong position) =>
        position == 0 ? 0 : *(ulong*)AddressOf(position - QueueLayout.TrailerSize);

    /// <summary>The frame at a position, if it can be one: null says that the memory is not what it was, or is broken.</summary>
    public QueueFrame? CheckedFrameAt(ulong position, ulong end)
    {
        QueueFrame frame = FrameAt(position);
        ulong size = frame.Size;
        return size >= QueueLayout.Alignment && size % QueueLayout.Alignment == 0 && size <= end - position && size <= RestAt(position)
            ? frame
            : null;
    }

    /// <summary>How many items wait to be taken; may be out of date before it is there.</summary>
    public long Count()
    {
        for (int tries = 0; ; tries++)
        {
            ulong tail = Tail;
            ulong head = Head;
            ulong takenEnd = TakenEnd;
            long count = CountNew(takenEnd, head) + CountGivenBack(Next, takenEnd);

            // Frames between these stay what they are.
            if ((tail == Tail && head == Head) || tries == 100)
            {
                return Math.Max(count, 0);
            }
        }
    }

    /// <summary>
    /// Gives the memory of freed frames back to the system, but for the first few megabytes of the ring. Needs the get lock, and
    /// the put lock if that can be had, else it is done another time: from the moment at which the tail has passed a frame,
    /// producers may write there for the next lap.
    /// </summary>
    /// <param name="before">Where the tail was before. To look at the put lock costs, so it is done once for some thousands of bytes.</param>
    /// <param name="tail">All before it is free.</param>
    /// <param name="hasPutLock">Whether the caller has it already.</param>
    public void GiveBack(ulong before, ulong tail, bool hasPutLock)
    {
        if ((before ^ tail) < Step)
        {
            return;
        }

        // The number before the head is read from there, so the last page stays.
        ulong end = tail - QueueLayout.TrailerSize;
        if (tail == 0 || (long)(end - Kept) < Chunk || !(hasPutLock || (PutLock.IsFree && PutLock.TryTake())))
        {
            return;
        }

        try
        {
            // What is free of the lap before, and not in use again.
            ulong head = Head;
            GiveBackBetween(Math.Max(Kept, head > RingSize ? head - RingSize : 0), end);
        }
        finally
        {
            if (!hasPutLock)
            {
                PutLock.Release();
            }
        }
    }

    private void GiveBackBetween(ulong from, ulong end)
    {
        const ulong Warm = 4 << 20;

        Volatile.Write(ref Kept, end);
        while ((long)(end - from) > 0)
        {
            ulong start = from & (RingSize - 1);
            ulong length = Math.Min(end - from, RestAt(from));
            if (start + length > Warm)
            {
                ulong skipped = start < Warm ? Warm - start : 0;
                SharedMappings.GiveBack(AddressOf(from + skipped), (nuint)(length - skipped));
            }

            from += length;
        }
    }

    private long CountNew(ulong takenEnd, ulong head)
    {
        if (takenEnd == head)
        {
            return 0;
        }

        // Taken by one that died before it said so.
        int taken = FrameAt(takenEnd).State == FrameState.Done ? 1 : 0;
        return (long)(NumberBefore(head) - NumberBefore(takenEnd)) - taken;
    }

    private long CountGivenBack(ulong next, ulong takenEnd)
    {
        long count = 0;
        while ((long)(takenEnd - next) > 0 && CheckedFrameAt(next, takenEnd) is { } frame)
        {
            count += frame.State == FrameState.Waiting ? 1 : 0;
            next += frame.Size;
        }

        return count;
    }

    private ref ulong Word(int offset) => ref *(ulong*)(_address + offset);
}
