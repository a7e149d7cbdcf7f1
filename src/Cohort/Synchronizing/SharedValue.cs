using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>One value in shared memory, with a lock (Python: <c>multiprocessing.Value</c>).</summary>
/// <typeparam name="T">A type without references.</typeparam>
/// <remarks>
/// <para>
/// <see cref="Value"/> takes the lock for each access, so reads and writes of any size are whole; two of them in a row are
/// not one step. For that use <see cref="Update"/>, or hold <see cref="Lock"/> around them: the lock is recursive.
/// </para>
/// <para>
/// While this process holds the lock by a handle of <see cref="InterprocessRecursiveLock.AcquireAsync"/>, use <see cref="Raw"/>: the
/// members of this class take the lock for the calling thread, which does not hold it then, and would wait for that handle for ever.
/// </para>
/// </remarks>
public sealed class SharedValue<T> : SynchronizedObject
    where T : unmanaged
{
    /// <summary>A value.</summary>
    /// <param name="value">What it is at first.</param>
    /// <param name="gate">A lock to share with other objects; null for one of its own.</param>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public SharedValue(T value = default, InterprocessRecursiveLock? gate = null)
        : this(new RawSharedValue<T>(value), gate)
    {
    }

    /// <summary>Gives a value that exists a lock (Python: <c>sharedctypes.synchronized</c>).</summary>
    /// <param name="raw">The value; disposed with this object.</param>
    /// <param name="gate">A lock to share with other objects; null for one of its own.</param>
    public SharedValue(RawSharedValue<T> raw, InterprocessRecursiveLock? gate = null)
        : base(raw, gate) => Raw = raw;

    /// <summary>The value without the lock.</summary>
    public RawSharedValue<T> Raw { get; }

    /// <summary>The value, read or written under the lock, for which this blocks.</summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public T Value
    {
        get
        {
            using (Lock.Acquire())
            {
                return Raw.Value;
            }
        }

        set
        {
            using (Lock.Acquire())
            {
                Raw.Value = value;
            }
        }
    }

    /// <summary>Replaces the value by what a function makes of it, in one step for all processes.</summary>
    /// <param name="change">Runs under the lock, in this process.</param>
    /// <returns>The new value.</returns>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public T Update(Func<T, T> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        using (Lock.Acquire())
        {
            return Raw.Value = change(Raw.Value);
        }
    }

    private protected override void DisposeRaw() => Raw.Dispose();
}
