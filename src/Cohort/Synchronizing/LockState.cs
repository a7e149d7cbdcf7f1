namespace Cohort.Synchronizing;

// Overview
//
// What lies in the cell of a lock:
//
//      +0   the owned word: which process holds it
//      +8   number of the latest acquisition, ever
//      +16  number of the acquisition that holds it now; 0 while it is free
//      +24  number of the thread that holds it; 0 when a handle does
//      +32  how deep the holder has gone in
//      +36  1 when the holder got it from a process that died, until it says that it knows
//
// All but the owned word is written by the holder only (and by a foreign Release of a lock that allows it), so nothing of
// it is in doubt among those that follow the rules. Two readers come from outside: a thread that asks whether it is the
// holder, and a handle that asks whether its acquisition is still on. Both numbers are unique for ever and are cleared
// before the word is given up. So whoever finds its own number is right, also in the moment when the next holder has the
// word and has not written its numbers yet; and what a killed holder leaves here is nobody else's number.
//
// A wait on a condition gives an acquisition up and takes the same one up again: handles stay good over it.

/// <summary>The shared state of a lock: see the overview at the top of this file.</summary>
internal readonly unsafe struct LockState : IEquatable<LockState>
{
    public const int Size = 40;

    /// <summary>The last two words as one: one deep, and from a process that died.</summary>
    private const long AbandonedOnce = 1 | (1L << 32);

    private readonly byte* _address;

    public LockState(byte* address) => _address = address;

    public OwnedWord Word => new(_address);

    /// <summary>The acquisition that holds the lock; 0 while it is free.</summary>
    public long Acquisition => Volatile.Read(ref Current);

    /// <summary>The <see cref="ThreadNumber"/> that holds the lock; 0 when none does.</summary>
    public long Thread => Volatile.Read(ref Holder);

    public int Depth => Volatile.Read(ref DepthWord);

    public bool IsAbandoned => AbandonedWord != 0;

    private ref long Latest => ref *(long*)(_address + 8);

    private ref long Current => ref *(long*)(_address + 16);

    private ref long Holder => ref *(long*)(_address + 24);

    private ref long DepthAndAbandoned => ref *(long*)(_address + 32);

    private ref int DepthWord => ref *(int*)(_address + 32);

    private ref int AbandonedWord => ref *(int*)(_address + 36);

    /// <summary>For whoever has just taken the word: a new acquisition.</summary>
    /// <param name="thread">The thread that holds it; 0 when a handle does.</param>
    public long Begin(long thread, bool isAbandoned)
    {
        long acquisition = Latest + 1;
        Latest = acquisition;
        DepthAndAbandoned = isAbandoned ? AbandonedOnce : 1;
        Volatile.Write(ref Holder, thread);
        Volatile.Write(ref Current, acquisition);
        return acquisition;
    }

    /// <summary>The holder goes in once more. Handles of one holder may come from several threads.</summary>
    public void Deepen()
    {
        if (Interlocked.Increment(ref DepthWord) < 0)
        {
            Interlocked.Decrement(ref DepthWord);
            throw new OverflowException("The lock was acquired too often.");
        }
    }

    /// <summary>The holder comes out once, and lets go of the lock with the last.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref DepthWord) == 0)
        {
            End();
        }
    }

    /// <summary>Lets go of the lock; false when nobody held it.</summary>
    public bool End()
    {
        Volatile.Write(ref Holder, 0);
        Volatile.Write(ref Current, 0);
        DepthWord = 0;
        return Word.Release();
    }

    /// <summary>Lets go of the lock for a while.</summary>
    public SuspendedLock Suspend()
    {
        SuspendedLock suspended = new(Acquisition, Thread, Depth, IsAbandoned);
        End();
        return suspended;
    }

    /// <summary>For whoever has just taken the word again: all is as it was.</summary>
    public void Resume(SuspendedLock suspended, bool isAbandoned) =>
        Write(suspended with { IsAbandoned = suspended.IsAbandoned || isAbandoned });

    public void ClearAbandoned() => AbandonedWord = 0;

    /// <summary>Whether both are of the same lock.</summary>
    public bool Equals(LockState other) => _address == other._address;

    public override bool Equals(object? obj) => obj is LockState other && Equals(other);

    public override int GetHashCode() => ((nint)_address).GetHashCode();

    private void Write(SuspendedLock state)
    {
        DepthWord = state.Depth;
        AbandonedWord = state.IsAbandoned ? 1 : 0;
        Volatile.Write(ref Holder, state.Thread);
        Volatile.Write(ref Current, state.Acquisition);
    }
}
