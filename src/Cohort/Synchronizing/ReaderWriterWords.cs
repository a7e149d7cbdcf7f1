using Cohort.Platform;

namespace Cohort.Synchronizing;

// Overview
//
// Readers must not write to the same cache line, or they would be slower together than one after another; and the count of
// readers must not be lost in a process that dies. So each process counts its own readers:
//
//      +0   the writer's word: who writes, or waits for the readers to leave (OwnedWord)
//      +8   unfinished: a writer is inside, or died there; until the next one is done
//      +12  how many slots were ever taken
//      +16  the readers' gate: they sleep here while a writer is there
//      +20  the writer's gate: it sleeps here while readers are inside
//      +64  64 slots of 32 bytes: the process (OwnedWord.TagOf), how many readers it has inside
//
//   reader:  its process's count +1, full fence, then look at the writer's word. Free: in. Not: count -1, wait, again.
//   writer:  take the word, full fence, then wait until all counts are 0.
//
// Whichever of the two looks second sees the other, so they are never both inside; and as readers hold back as soon as a
// writer waits, it is not starved by them. A gate is a word with one bit for "somebody sleeps" and a count above it of how
// often it was opened; to open it is to change it, so that nobody who looked before falls asleep after.
//
// Death. A slot belongs to its process for as long as that runs. Whoever finds that its process is dead puts its own tag
// there, with a bit that says that the count means nothing, by compare-and-swap; so one of several does it, and its own
// death on the way is like that of any other. A dead writer's word passes on as any OwnedWord does, to a reader too,
// which only gives it back. If it died inside, "unfinished" stays: it tells everybody who comes in, until one writer was
// told and has left. If it died while it still waited for readers, there is nothing to tell.

/// <summary>The shared memory of a reader-writer lock: see the overview at the top of this file.</summary>
internal readonly unsafe struct ReaderWriterWords
{
    public const int MaxProcesses = 64;
    public const int Size = HeaderSize + (MaxProcesses * SlotSize);

    private const int HeaderSize = 64;
    private const int SlotSize = 32;
    private const int UnfinishedOffset = 8;
    private const int UsedOffset = 12;
    private const int ReadersGateOffset = 16;
    private const int WriterGateOffset = 20;
    private const int CountOffset = 8;
    private const long ClaimedMask = 0x8000_0000;

    /// <summary>Two threads of one process must not take two slots.</summary>
    private static readonly Lock s_gate = new();

    private readonly byte* _start;

    public ReaderWriterWords(byte* start) => _start = start;

    public OwnedWord Writer => new(_start);

    public bool IsUnfinished => Volatile.Read(ref Word(UnfinishedOffset)) != 0;

    /// <summary>Readers inside, those of dead processes left out.</summary>
    public int ReaderCount
    {
        get
        {
            int count = 0;
            for (int slot = 0; slot < UsedSlots; slot++)
            {
                long tag = Volatile.Read(ref Tag(slot));
                count += IsReading(slot) && OwnedWord.IsAlive(tag) ? Volatile.Read(ref Count(slot)) : 0;
            }

            return count;
        }
    }

    /// <summary>Whether somebody reads, maybe somebody dead.</summary>
    public bool HasReaders
    {
        get
        {
            for (int slot = 0; slot < UsedSlots; slot++)
            {
                if (IsReading(slot))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether somebody reads, of the process of this slot.</summary>
    public bool HasReadersOf(int slot) => Volatile.Read(ref Count(slot)) > 0;

    private int UsedSlots => Volatile.Read(ref Word(UsedOffset));

    /// <summary>This process's slot, taken if it has none yet.</summary>
    /// <exception cref="InvalidOperationException">All are taken by processes that run.</exception>
    public int FindSlot()
    {
        lock (s_gate)
        {
            for (int slot = 0; slot < UsedSlots; slot++)
            {
                if (Volatile.Read(ref Tag(slot)) == OwnedWord.Mine)
                {
                    return slot;
                }
            }

            for (int slot = 0; slot < MaxProcesses; slot++)
            {
                if (TryClaim(slot))
                {
                    Volatile.Write(ref Count(slot), 0);
                    RaiseUsedSlots(slot + 1);
                    Volatile.Write(ref Tag(slot), OwnedWord.Mine);
                    return slot;
                }
            }
        }

        throw new InvalidOperationException(
            $"{MaxProcesses} processes read under this lock already, and all of them run. A process has its place until it ends; " +
            "let fewer processes take part, or let some of them read by way of others.");
    }

    public bool TryEnterRead(int slot)
    {
        if (!Writer.IsFree)
        {
            return false;
        }

        Interlocked.Increment(ref Count(slot));
        if (Writer.IsFree)
        {
            return true;
        }

        LeaveRead(slot);
        return false;
    }

    public void LeaveRead(int slot)
    {
        if (Interlocked.Decrement(ref Count(slot)) == 0)
        {
            Open(WriterGateOffset);
        }
    }

    /// <summary>Announces a reader that will sleep; false when there is no writer any more: look again.</summary>
    public bool TryAnnounceReader(out WaitTarget target)
    {
        target = Announce(ReadersGateOffset);
        return !Writer.IsFree;
    }

    /// <summary>Announces the writer, who will sleep; false when there are no readers any more.</summary>
    public bool TryAnnounceWriter(out WaitTarget target)
    {
        target = Announce(WriterGateOffset);
        return HasReaders;
    }

    /// <summary>Notes that the owner of the writer's word is inside. Returns whether one before it never came out.</summary>
    public bool BeginWrite() => Interlocked.Exchange(ref Word(UnfinishedOffset), 1) != 0;

    /// <summary>Lets others in.</summary>
    public void EndWrite()
    {
        Volatile.Write(ref Word(UnfinishedOffset), 0);
        ReleaseWriter();
    }

    /// <summary>Gives back the writer's word without having been inside.</summary>
    public void ReleaseWriter()
    {
        Writer.Release();
        Open(ReadersGateOffset);
    }

    /// <summary>Takes the readers of dead processes out.</summary>
    public void ClearDead()
    {
        for (int slot = 0; slot < UsedSlots; slot++)
        {
            if (IsReading(slot) && TryClaim(slot))
            {
                Volatile.Write(ref Count(slot), 0);
                Volatile.Write(ref Tag(slot), 0);
            }
        }
    }

    private bool IsReading(int slot) =>
        (Volatile.Read(ref Tag(slot)) & ClaimedMask) == 0 && Volatile.Read(ref Count(slot)) > 0;

    /// <summary>Takes a slot that nobody has, or a dead process.</summary>
    private bool TryClaim(int slot)
    {
        long seen = Volatile.Read(ref Tag(slot));
        return (seen == 0 || !OwnedWord.IsAlive(seen))
            && Interlocked.CompareExchange(ref Tag(slot), OwnedWord.Mine | ClaimedMask, seen) == seen;
    }

    /// <summary>Before the first reader of the slot is counted, so that a writer that does not see it is seen by that reader.</summary>
    private void RaiseUsedSlots(int count)
    {
        int seen = UsedSlots;
        while (seen < count)
        {
            int found = Interlocked.CompareExchange(ref Word(UsedOffset), count, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    private WaitTarget Announce(int gate)
    {
        while (true)
        {
            int seen = Volatile.Read(ref Word(gate));
            int announced = seen | 1;
            if (Interlocked.CompareExchange(ref Word(gate), announced, seen) == seen)
            {
                return new WaitTarget((int*)(_start + gate), announced);
            }
        }
    }

    private void Open(int gate)
    {
        int seen = Volatile.Read(ref Word(gate));
        if ((seen & 1) != 0 && Interlocked.CompareExchange(ref Word(gate), unchecked(seen + 1), seen) == seen)
        {
            AddressWaiter.Instance.Wake(ref Word(gate), int.MaxValue);
        }
    }

    private ref int Word(int offset) => ref *(int*)(_start + offset);

    private ref long Tag(int slot) => ref *(long*)Slot(slot);

    private ref int Count(int slot) => ref *(int*)(Slot(slot) + CountOffset);

    /// <summary>Two slots lie on one cache line: the first half of the processes have one to themselves.</summary>
    private byte* Slot(int slot)
    {
        int half = MaxProcesses / 2;
        int place = slot < half ? 2 * slot : (2 * (slot - half)) + 1;
        return _start + HeaderSize + (place * SlotSize);
    }
}
