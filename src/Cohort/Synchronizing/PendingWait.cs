using Cohort.Platform;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

// Overview
//
// All that can be waited for between processes is waited for in the same way, by a thread that blocks (BlockingWait) or
// by one thread for many asynchronous waits (AsyncWaits):
//
//   1. TryFinish looks, and takes what it is after if it is there. If not, it has announced the wait in shared memory and
//      says which word to sleep on, and what that word holds for as long as there is nothing to come back for.
//   2. Sleep on that word: until it changes or is woken, until the deadline, until cancelled, and never longer than a
//      slice. After a slice, LookForDead asks whether whoever is waited for still lives. So a death is noticed within a
//      slice, and so is a wake-up that died with the process that was to give it or to take it. Where all who have the object
//      are of one family, the DeathBell tells of each death, and a slice may be very long.
//   3. Whoever leaves without having finished goes through GiveUp, once, which passes on a wake-up that it may have taken. That
//      holds from the start (Begin), as a wait may be over before its first sleep.

/// <summary>One thread's or task's wait for something in shared memory.</summary>
/// <param name="owner">The object that is waited at. It is kept alive by this reference.</param>
internal abstract class PendingWait(IWaitOwner owner)
{
    /// <summary>How long a sleep may last before the living are counted, where nobody tells of a death.</summary>
    public const int SliceMilliseconds = 50;

    /// <summary>How long a sleep may last where there is next to nothing that it could miss.</summary>
    public const int LongestSliceMilliseconds = 2_000;

    /// <summary>The same where a wake-up may be lost with any killed process, and not only with one of several that share an end.</summary>
    public const int LongSliceMilliseconds = 1_000;

    /// <summary>
    /// The same where each death is told. It is for those of which nobody could tell, as the one who would have was killed too: what
    /// it would take is to be killed within the few instructions between a change and its wake-up.
    /// </summary>
    public const int ToldSliceMilliseconds = 60_000;

    /// <summary>A sleep of up to this long is not ended by a disposal or a death, but by itself.</summary>
    public const int ShortSleepMilliseconds = 500;

    private readonly long _start = Environment.TickCount64;

    public IWaitOwner Owner { get; } = owner;

    /// <summary>How long a sleep of this wait may last.</summary>
    public virtual int Slice => SliceMilliseconds;

    /// <summary>Whether it is done; if not, where to sleep. Called again after each sleep.</summary>
    public abstract bool TryFinish(out WaitTarget target);

    /// <summary>After a slice: takes over from the dead. Whether the wait is done by that.</summary>
    public virtual bool LookForDead() => false;

    /// <summary>Keeps the owner's memory from being used again until the wait has ended.</summary>
    /// <exception cref="OperationCanceledException">It is cancelled already, and given up.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed before, and the wait is given up.</exception>
    public void Begin(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfDisposed(!Owner.TryHold());
        }
        catch
        {
            GiveUp();
            throw;
        }
    }

    /// <summary>
    /// At the end of a wait that is done: if the object was disposed meanwhile, what is used afterwards in its memory is given back,
    /// since after this the memory may become another object's.
    /// </summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public void Finish()
    {
        // What was taken was taken by an interlocked access: a disposal that is not seen here sees that something is held.
        ThrowIfDisposed(Owner.IsDisposed && TryUndo());
    }

    public void ThrowIfDisposed(bool isDisposed)
    {
        if (isDisposed)
        {
            throw new ObjectDisposedException(Owner.ObjectName);
        }
    }

    /// <summary>Gives back what a wait that is done has taken; false where nothing is used after the wait but in this process.</summary>
    protected virtual bool TryUndo() => false;

    /// <summary>As <see cref="GrowingSlice(int, int)"/>; after the least, very long if deaths are told.</summary>
    protected int PatientSlice(int least, int most = LongestSliceMilliseconds) =>
        PatientSlice(Environment.TickCount64 - _start, least, most, Owner.IsWithinFamily);

    /// <summary>A slice that grows with the time waited: after much waiting in vain there is little to be missed by waiting on.</summary>
    protected int GrowingSlice(int least, int most = LongestSliceMilliseconds) =>
        GrowingSlice(Environment.TickCount64 - _start, least, most);

    /// <summary>As the other, for a wait that is none of these.</summary>
    /// <param name="waited">Milliseconds so far.</param>
    /// <param name="least">Milliseconds.</param>
    /// <param name="most">Milliseconds.</param>
    public static int GrowingSlice(long waited, int least, int most = LongestSliceMilliseconds) => (int)Math.Clamp(waited / 2, least, most);

    /// <summary>As the other, for a wait that is none of these.</summary>
    /// <param name="waited">Milliseconds so far.</param>
    /// <param name="least">Milliseconds.</param>
    /// <param name="most">Milliseconds.</param>
    /// <param name="isTold">Whether each death is told that could matter.</param>
    public static int PatientSlice(long waited, int least, int most, bool isTold) =>
        isTold && waited >= least ? ToldSliceMilliseconds : GrowingSlice(waited, least, most);

    /// <summary>Leaves without what was waited for, so that nobody else waits in vain for a wake-up that came here.</summary>
    public abstract void GiveUp();
}
