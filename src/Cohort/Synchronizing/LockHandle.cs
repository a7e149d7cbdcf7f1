namespace Cohort.Synchronizing;

/// <summary>
/// A lock that is held: <see cref="Dispose"/> releases it once, on any thread unless the lock was acquired for one (as
/// <see cref="InterprocessRecursiveLock.Acquire"/> does).
/// </summary>
public sealed class LockHandle : IDisposable
{
    private readonly long _acquisition;
    private ILockState? _state;

    internal LockHandle(ILockState state, long acquisition, bool isAbandoned)
    {
        _state = state;
        _acquisition = acquisition;
        Abandoned = isAbandoned;
    }

    /// <summary>
    /// The process that held the lock before ended without releasing it, so what the lock protects may be half changed. The
    /// lock itself is in order: whoever comes next is told nothing.
    /// </summary>
    public bool Abandoned { get; }

    /// <summary>It was disposed.</summary>
    internal bool IsReleased => Volatile.Read(ref _state) is null;

    /// <summary>Releases the lock. Does nothing when it was released already, by this handle or otherwise.</summary>
    /// <exception cref="SynchronizationLockException">The lock was acquired for another thread; it stays held.</exception>
    public void Dispose()
    {
        ILockState? state = Interlocked.Exchange(ref _state, null);
        try
        {
            state?.Release(_acquisition);
        }
        catch (SynchronizationLockException)
        {
            // The right thread may still dispose it.
            Volatile.Write(ref _state, state);
            throw;
        }
    }

    /// <summary>Whether this is what holds the lock: a copy of it will do, as it has the same memory.</summary>
    internal bool IsOf(IConditionLock state) =>
        Volatile.Read(ref _state) is IConditionLock own && own.State.Equals(state.State) && state.State.Acquisition == _acquisition;
}
