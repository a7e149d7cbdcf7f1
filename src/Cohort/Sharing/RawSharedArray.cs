using System.Collections;
using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>An array of fixed length in shared memory, without a lock (Python: <c>multiprocessing.RawArray</c>).</summary>
/// <typeparam name="T">A type without references; every process must have the same layout of it.</typeparam>
/// <remarks>
/// What several processes do to one element at a time is theirs to order; see <see cref="RawSharedValue{T}"/> for what is
/// whole by itself. A span is the memory itself: this object has to be kept alive and undisposed while one is used.
/// </remarks>
[Picklable(typeof(RawSharedArray<>.Pickler))]
public sealed unsafe partial class RawSharedArray<T> : SharedObject, ISharedObject<RawSharedArray<T>>, IReadOnlyList<T>
    where T : unmanaged
{
    /// <summary>A zeroed array.</summary>
    /// <param name="length">How many elements, for good.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative, or more than there can be.</exception>
    /// <exception cref="IOException">The system has no memory, no address space or no descriptor left.</exception>
    public RawSharedArray(long length)
        : this(SharedCell.Allocate(SharedKind.Array, BytesOf(length)))
    {
    }

    /// <summary>An array with a copy of some elements.</summary>
    /// <param name="elements">What it holds at first; its length is the array's.</param>
    /// <exception cref="IOException">The system has no memory, no address space or no descriptor left.</exception>
    public RawSharedArray(ReadOnlySpan<T> elements)
        : this((long)elements.Length)
    {
        elements.CopyTo(Span);
        GC.KeepAlive(this);
    }

    private RawSharedArray(SharedCell cell)
        : base(cell) => LongLength = cell.Length / sizeof(T);

    static SharedKind ISharedObject<RawSharedArray<T>>.Kind => SharedKind.Array;

    /// <summary>How many elements.</summary>
    public long LongLength { get; }

    /// <summary>How many elements.</summary>
    /// <exception cref="OverflowException">More than an <see cref="int"/> counts.</exception>
    public int Length => checked((int)LongLength);

    int IReadOnlyCollection<T>.Count => Length;

    /// <summary>All elements in place, without a copy; slice it as any span.</summary>
    /// <exception cref="OverflowException">There are more than a span can have; see <see cref="GetSpan"/>.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public Span<T> Span => GetSpan(0, Length);

    /// <summary>One element in place.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="IndexOutOfRangeException">There is no such element.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public ref T this[long index]
    {
        get
        {
            EnsureNotDisposed();
            if ((ulong)index >= (ulong)LongLength)
            {
                throw new IndexOutOfRangeException($"Index {index} is outside a shared array of {LongLength} elements.");
            }

            return ref ((T*)Cell.Payload)[index];
        }
    }

    T IReadOnlyList<T>.this[int index] => this[index];

    /// <summary>Some elements in place, without a copy.</summary>
    /// <param name="start">The first.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not all in the array.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public Span<T> GetSpan(long start, int length)
    {
        EnsureNotDisposed();
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, LongLength - length, nameof(start));
        return new Span<T>((T*)Cell.Payload + start, length);
    }

    /// <summary>A copy of all elements.</summary>
    /// <exception cref="OverflowException">More than an array can have.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public T[] ToArray()
    {
        T[] copy = Span.ToArray();
        GC.KeepAlive(this);
        return copy;
    }

    /// <summary>The elements in order, each as it is when it is read.</summary>
    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < LongLength; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    static RawSharedArray<T> ISharedObject<RawSharedArray<T>>.FromCell(SharedCell cell) => cell.Length % sizeof(T) == 0
        ? new RawSharedArray<T>(cell)
        : throw new InvalidDataException($"The shared array has {cell.Length} bytes, no whole number of {typeof(T).Name} ({sizeof(T)} each).");

    private static long BytesOf(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, (long.MaxValue / sizeof(T)) - (1 << 20));
        return length * sizeof(T);
    }

    internal sealed class Pickler : SharedObjectPickler<RawSharedArray<T>>
    {
    }
}
