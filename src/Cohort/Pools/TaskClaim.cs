using Cohort.Platform;

namespace Cohort.Pools;

// Overview
//
// Tasks wait in a worker's request ring before it runs them. To know exactly which one a worker died of, and to take
// back those it has not begun (for an idle worker, or because they were cancelled), both sides share one 64-bit word:
//
//      low half   claimed   number of the last task that the worker has begun
//      high half  revoked   all tasks up to this number that are not begun are taken back
//
// Worker, before task s:  revoked >= s ? skip the frame : compare-and-swap claimed to s.
// Parent, to take back:   compare-and-swap revoked to the last number sent; what the swap saw as claimed is final.
//
// A second word, on a cache line of its own, names the last task that is to stop: the worker sleeps on it if the task has asked
// for its token.
//
// Each task is begun by exactly one side's decision, since both are swaps of the same word. Numbers are per worker, start
// at 1 and wrap around; they are compared by their difference.

/// <summary>Who may run a task that waits in a worker's ring: see the overview at the top of this file.</summary>
internal readonly unsafe struct TaskClaim(byte* word)
{
    private const int CancelOffset = 64;

    private readonly long* _word = (long*)word;
    private readonly int* _cancelled = (int*)(word + CancelOffset);

    /// <summary>The last task that the worker has begun.</summary>
    public uint Claimed => (uint)Volatile.Read(ref *_word);

    /// <summary>Where a worker sleeps until a task is to stop, other than the one that was the last.</summary>
    public WaitTarget While(uint cancelled) => new(_cancelled, (int)cancelled);

    /// <summary>The last task that is to stop.</summary>
    public uint Cancelled => (uint)Volatile.Read(ref *_cancelled);

    /// <summary>Parent: says that a task is to stop.</summary>
    public void Cancel(uint number)
    {
        Volatile.Write(ref *_cancelled, (int)number);
        AddressWaiter.Instance.Wake(ref *_cancelled, 1);
    }

    /// <summary>Worker: begins task <paramref name="number"/>, or learns that it was taken back.</summary>
    public bool TryBegin(uint number)
    {
        long seen = Volatile.Read(ref *_word);
        while (true)
        {
            uint revoked = (uint)(seen >> 32);
            if ((int)(revoked - number) >= 0)
            {
                return false;
            }

            long before = Interlocked.CompareExchange(ref *_word, (seen & unchecked((long)0xFFFFFFFF00000000)) | number, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }
    }

    /// <summary>Parent: takes back all tasks up to <paramref name="last"/> that are not begun; the last that was begun.</summary>
    public uint Revoke(uint last)
    {
        long seen = Volatile.Read(ref *_word);
        while (true)
        {
            long before = Interlocked.CompareExchange(ref *_word, ((long)last << 32) | (uint)seen, seen);
            if (before == seen)
            {
                return (uint)seen;
            }

            seen = before;
        }
    }
}
