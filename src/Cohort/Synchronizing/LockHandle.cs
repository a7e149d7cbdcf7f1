namespace Cohort.Synchronizing;

/// <summary>
/// A lock that is held: <see cref="Dispose"/> releases it once, on any thread unless the lock was acquired for one (as
/// <see cref="InterprocessRecursiveLock.Acquire"/> does).
/// </summary>
public sealed class LockHandle : IDisposable
{
    private const long AbandonedFlag = long.MinValue;

    private readonly ILockState _state;

    /// <summary>What is to be released, 0 when that is done, and the flag. In one word, as a lock taken is a handle made.</summary>
    private long _acquisition;

    internal LockHandle(ILockState state, long acquisition, bool isAbandoned)
    {
        _state = state;
        _acquisition = isAbandoned ? acquisition | AbandonedFlag : acquisition;
    }

    /// <summary>
    /// The process that held the lock before ended without releasing it, so what the lock protects may be half changed. The
    /// lock itself is in order: whoever comes next is told nothing.
    /// </summary>
    public bool Abandoned => (Volatile.Read(ref _acquisition) & AbandonedFlag) != 0;

    /// <summary>It was disposed.</summary>
    internal bool IsReleased => Acquisition == 0;

    private long Acquisition => Volatile.Read(ref _acquisition) & ~AbandonedFlag;

    /// <summary>Releases the lock. Does nothing when it was released already, by this handle or otherwise.</summary>
    /// <exception cref="SynchronizationLockException">The lock was acquired for another thread; it stays held.</exception>
    public void Dispose()
    {
        long held = _acquisition;
        long acquisition = Interlocked.Exchange(ref _acquisition, held & AbandonedFlag) & ~AbandonedFlag;
        if (acquisition != 0 && !_state.TryRelease(acquisition))
        {
            // The right thread may still dispose it.
            Volatile.Write(ref _acquisition, held);
            throw new SynchronizationLockException(
                $"The lock was acquired by another thread, which has to release it ({_state}). Code that awaits uses AcquireAsync.");
        }
    }

    /// <summary>Whether this is what holds the lock: a copy of it will do, as it has the same memory.</summary>
    internal bool IsOf(IConditionLock state) =>
        !IsReleased && _state is IConditionLock own && own.State.Equals(state.State) && state.State.Acquisition == Acquisition;
}
