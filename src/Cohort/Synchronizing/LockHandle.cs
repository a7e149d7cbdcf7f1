namespace Cohort.Synchronizing;

/// <summary>A lock that is held: <see cref="Dispose"/> releases it, on any thread, once.</summary>
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

    /// <summary>Releases the lock. Does nothing when it was released already, by this handle or otherwise.</summary>
    public void Dispose() => Interlocked.Exchange(ref _state, null)?.Release(_acquisition);
}
