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
// Worker, before task s:  revoked >= s ? skip the frame : compare-and-swap claimed to s, and revoked with it.
// Parent, to take back:   compare-and-swap revoked to the last number sent; what the swap saw as claimed is final.
//
// A second word, on a cache line of its own, names the last task that is to stop: the worker sleeps on it if the task has asked
// for its token.
//
// A third, again on a line of its own, says at which call the worker is inside of a task that holds several:
//
//      low half   place     from 0
//      high half  number    of the task, so that what the last one left is not taken for this one's
//
// Each task is begun by exactly one side's decision, since both are swaps of the same word. Numbers are per worker, start
// at 1 and wrap around; they are compared by their difference, so what is compared has to stay near: revoked follows claimed.

/// <summary>Who may run a task that waits in a worker's ring: see the overview at the top of this file.</summary>
internal readonly unsafe struct TaskClaim(byte* word)
{
    private const int CancelOffset = 64;
    private const int PlaceOffset = 128;

    private readonly long* _word = (long*)word;
    private readonly int* _cancelled = (int*)(word + CancelOffset);
    private readonly long* _place = (long*)(word + PlaceOffset);

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

    /// <summary>Worker: says at which call it is inside of a task.</summary>
    public void NotePlace(uint number, int place) => Volatile.Write(ref *_place, ((long)number << 32) | (uint)place);

    /// <summary>Parent: at which call of a task the worker is, or was when it died; −1 when it has not said so.</summary>
    public int PlaceIn(uint number)
    {
        long seen = Volatile.Read(ref *_place);
        return (uint)(seen >> 32) == number ? (int)seen : -1;
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

            // Tasks begin in order: there is nothing before this one that could still be begun.
            long before = Interlocked.CompareExchange(ref *_word, ((long)number << 32) | number, seen);
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
