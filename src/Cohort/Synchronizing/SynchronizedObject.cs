using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>Shared memory with a lock (Python: <c>sharedctypes.SynchronizedBase</c>).</summary>
public abstract class SynchronizedObject : IDisposable, IAsyncDisposable
{
    private readonly bool _ownsLock;

    private protected SynchronizedObject(SharedObject raw, InterprocessRecursiveLock? gate)
    {
        ArgumentNullException.ThrowIfNull(raw);
        _ownsLock = gate is null;
        Lock = gate ?? new InterprocessRecursiveLock();
    }

    /// <summary>The lock.</summary>
    public InterprocessRecursiveLock Lock { get; }

    /// <summary>Lets go of the memory in this process, and of the lock if it is its own. Idempotent.</summary>
    public void Dispose()
    {
        DisposeRaw();
        if (_ownsLock)
        {
            Lock.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    private protected abstract void DisposeRaw();
}
