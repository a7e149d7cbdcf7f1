using System.Globalization;
using System.Runtime.InteropServices;

namespace Cohort.Synchronizing;

// Overview
//
// Who holds how many permits, so that those of the dead come back exactly once:
//
//      +0   owned word: everything below, and the semaphore's count, changes only while it is held
//      +8   total: permits in circulation, free or held
//      +64  64 entries of 16 bytes: tag of a process, permits that it holds; without permits an entry is free
//
// A holder of the word can die between two stores. So the table is the truth, in which each step is one store, and the
// count follows from it: count = total - all that is held. Whoever takes the word from a dead process works that out anew,
// and so does who has emptied the entries of the dead. The order of the stores is such that a process that died in the
// middle has taken its permit (which then comes back), or has not released it yet, or has released it.
//
//   take:     my entry + 1, count - 1.
//   release:  my entry - n, count + n. What this process does not hold is new in circulation (total + n), or, where the
//             total has a bound, taken out of the entries of others: somebody's permits are released.
//
// The model verification/semaphore-tracked.pml is of this.

/// <summary>The table of who holds the permits of a semaphore: see the overview at the top of this file.</summary>
internal readonly unsafe struct PermitTable
{
    public const int Size = EntriesOffset + (MaxProcesses * sizeof(long) * 2);

    /// <summary>How many processes can hold permits at the same time.</summary>
    public const int MaxProcesses = 64;

    private const int EntriesOffset = 64;

    private readonly byte* _address;

    public PermitTable(byte* address) => _address = address;

    public OwnedWord Word => new(_address);

    public ref int Total => ref *(int*)(_address + 8);

    /// <summary>Whether the word, or an entry, is a dead process's. Needs no word; the answer may be old.</summary>
    public bool HasDead
    {
        get
        {
            if (Word.IsAbandoned)
            {
                return true;
            }

            foreach (ref Entry entry in Entries)
            {
                if (Volatile.Read(ref entry.Permits) > 0 && !OwnedWord.IsAlive(Volatile.Read(ref entry.Tag)))
                {
                    return true;
                }
            }

            return false;
        }
    }

    private Span<Entry> Entries => new(_address + EntriesOffset, MaxProcesses);

    /// <summary>Takes one of the permits for this process: there are some. False when the table is full.</summary>
    public bool TryTake(ref int count)
    {
        ref Entry entry = ref Find(OwnedWord.Mine);
        if (entry.Permits == 0)
        {
            Volatile.Write(ref entry.Tag, OwnedWord.Mine);
        }
        else if (entry.Tag != OwnedWord.Mine)
        {
            return false;
        }

        Volatile.Write(ref entry.Permits, entry.Permits + 1);
        Volatile.Write(ref count, count - 1);
        return true;
    }

    /// <summary>Releases permits. False, and nothing changed, when that would exceed the limit.</summary>
    /// <param name="count">The semaphore's.</param>
    /// <param name="permits">How many.</param>
    /// <param name="limit">Of free permits.</param>
    /// <param name="isBounded">Whether no new permits may come into circulation.</param>
    public bool TryGive(ref int count, int permits, int limit, bool isBounded)
    {
        ref Entry mine = ref Find(OwnedWord.Mine);
        int own = mine.Tag == OwnedWord.Mine ? Math.Min(mine.Permits, permits) : 0;
        int more = permits - own;
        if (permits > limit - count || (!isBounded && more > int.MaxValue - Total))
        {
            return false;
        }

        if (own > 0)
        {
            Volatile.Write(ref mine.Permits, mine.Permits - own);
        }

        if (!isBounded)
        {
            Volatile.Write(ref Total, Total + more);
        }
        else if (more > 0)
        {
            // All that is not free is held by somebody, and no more than that is asked for.
            foreach (ref Entry entry in Entries)
            {
                int others = Math.Min(entry.Permits, more);
                Volatile.Write(ref entry.Permits, entry.Permits - others);
                more -= others;
            }
        }

        Volatile.Write(ref count, count + permits);
        return true;
    }

    /// <summary>Empties the entries of the dead and works out the count; how many permits more than before it is.</summary>
    public int Repair(ref int count)
    {
        int held = 0;
        foreach (ref Entry entry in Entries)
        {
            if (entry.Permits > 0 && !OwnedWord.IsAlive(entry.Tag))
            {
                Volatile.Write(ref entry.Permits, 0);
            }

            held += entry.Permits;
        }

        int before = count;
        Volatile.Write(ref count, Total - held);
        return Math.Max(0, count - before);
    }

    /// <summary>Who holds what, for people to read.</summary>
    public string Describe()
    {
        List<string> holders = [];
        foreach (ref Entry entry in Entries)
        {
            if (entry.Permits > 0)
            {
                holders.Add(string.Create(CultureInfo.InvariantCulture, $"process {(int)entry.Tag} holds {entry.Permits}"));
            }
        }

        return string.Join(", ", holders);
    }

    /// <summary>The entry of a process; else one that is free; else some other process's.</summary>
    private ref Entry Find(long tag)
    {
        ref Entry free = ref Entries[0];
        foreach (ref Entry entry in Entries)
        {
            if (entry.Permits == 0)
            {
                free = ref entry;
            }
            else if (entry.Tag == tag)
            {
                return ref entry;
            }
        }

        return ref free;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public long Tag;
        public int Permits;
        public int Unused;
    }
}
