using System.Collections;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>An array of fixed length in shared memory, with a lock (Python: <c>multiprocessing.Array</c>).</summary>
/// <typeparam name="T">A type without references.</typeparam>
/// <remarks>
/// <para>
/// Each member takes the lock once, so what it reads or writes is whole; two in a row are not one step. For that hold
/// <see cref="Lock"/> around them: it is recursive. <see cref="Raw"/> has the elements in place, for code that holds the
/// lock already, or needs none.
/// </para>
/// <para>
/// While this process holds the lock by a handle of <see cref="InterprocessRecursiveLock.AcquireAsync"/>, use <see cref="Raw"/>: the
/// members of this class take the lock for the calling thread, which does not hold it then, and would wait for that handle for ever.
/// </para>
/// </remarks>
public sealed class SharedArray<T> : SynchronizedObject, IReadOnlyList<T>
    where T : unmanaged
{
    /// <summary>A zeroed array.</summary>
    /// <param name="length">How many elements, for good.</param>
    /// <param name="gate">A lock to share with other objects; null for one of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative, or more than there can be.</exception>
    /// <exception cref="IOException">The system has no memory, no address space or no descriptor left.</exception>
    public SharedArray(long length, InterprocessRecursiveLock? gate = null)
        : this(new RawSharedArray<T>(length), gate)
    {
    }

    /// <summary>An array with a copy of some elements.</summary>
    /// <param name="elements">What it holds at first; its length is the array's.</param>
    /// <param name="gate">A lock to share with other objects; null for one of its own.</param>
    /// <exception cref="IOException">The system has no memory, no address space or no descriptor left.</exception>
    public SharedArray(ReadOnlySpan<T> elements, InterprocessRecursiveLock? gate = null)
        : this(new RawSharedArray<T>(elements), gate)
    {
    }

    /// <summary>Gives an array that exists a lock (Python: <c>sharedctypes.synchronized</c>).</summary>
    /// <param name="raw">The array; disposed with this object.</param>
    /// <param name="gate">A lock to share with other objects; null for one of its own.</param>
    public SharedArray(RawSharedArray<T> raw, InterprocessRecursiveLock? gate = null)
        : base(raw, gate) => Raw = raw;

    /// <summary>The array without the lock.</summary>
    public RawSharedArray<T> Raw { get; }

    /// <summary>How many elements.</summary>
    /// <exception cref="OverflowException">More than an <see cref="int"/> counts.</exception>
    public int Length => Raw.Length;

    /// <summary>How many elements.</summary>
    public long LongLength => Raw.LongLength;

    int IReadOnlyCollection<T>.Count => Length;

    /// <summary>One element, read or written under the lock, for which this blocks.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such element.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public T this[long index]
    {
        get
        {
            using (Lock.Acquire())
            {
                return Raw[index];
            }
        }

        set
        {
            using (Lock.Acquire())
            {
                Raw[index] = value;
            }
        }
    }

    T IReadOnlyList<T>.this[int index] => this[index];

    /// <summary>Copies some elements out, as they all were at one moment.</summary>
    /// <param name="start">The first.</param>
    /// <param name="destination">Takes as many as it has room for.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not all in the array.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public void Read(long start, Span<T> destination)
    {
        using (Lock.Acquire())
        {
            Raw.GetSpan(start, destination.Length).CopyTo(destination);
            GC.KeepAlive(this);
        }
    }

    /// <summary>Copies some elements in, for others all at one moment.</summary>
    /// <param name="start">The first place.</param>
    /// <param name="source">What to put there.</param>
    /// <exception cref="ArgumentOutOfRangeException">They would not all be in the array.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public void Write(long start, ReadOnlySpan<T> source)
    {
        using (Lock.Acquire())
        {
            source.CopyTo(Raw.GetSpan(start, source.Length));
            GC.KeepAlive(this);
        }
    }

    /// <summary>A copy of all elements, as they were at one moment.</summary>
    /// <exception cref="OverflowException">More than an array can have.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public T[] ToArray()
    {
        using (Lock.Acquire())
        {
            return Raw.ToArray();
        }
    }

    /// <summary>The elements in order, as they all were when the enumeration began.</summary>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private protected override void DisposeRaw() => Raw.Dispose();
}
