using System.Runtime.CompilerServices;
using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>One value in shared memory, without a lock (Python: <c>multiprocessing.RawValue</c>).</summary>
/// <typeparam name="T">A type without references; every process must have the same layout of it.</typeparam>
/// <remarks>
/// Reads and writes of up to 8 bytes that lie as the CPU wants them are whole; everything else can be seen half done while
/// another process writes. For more use <see cref="Ref"/> with <see cref="Interlocked"/> or <see cref="Volatile"/>, or a
/// <c>SharedValue</c> with its lock.
/// </remarks>
[Picklable(typeof(RawSharedValue<>.Pickler))]
public sealed unsafe class RawSharedValue<T> : SharedObject, ISharedObject<RawSharedValue<T>>
    where T : unmanaged
{
    /// <summary>A zeroed value.</summary>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public RawSharedValue()
        : this(SharedCell.Allocate(SharedKind.Value, sizeof(T)))
    {
    }

    /// <summary>A value.</summary>
    /// <param name="value">What it is at first.</param>
    /// <exception cref="IOException">The system has no memory or no descriptor left.</exception>
    public RawSharedValue(T value)
        : this() => Ref = value;

    private RawSharedValue(SharedCell cell)
        : base(cell)
    {
    }

    static SharedKind ISharedObject<RawSharedValue<T>>.Kind => SharedKind.Value;

    /// <summary>The value now.</summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public T Value
    {
        get
        {
            T value = Ref;
            GC.KeepAlive(this);
            return value;
        }

        set
        {
            Ref = value;
            GC.KeepAlive(this);
        }
    }

    /// <summary>
    /// The value in place, for <see cref="Interlocked"/> for example. This object has to be kept alive and undisposed for as
    /// long as the reference is used.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public ref T Ref
    {
        get
        {
            EnsureNotDisposed();
            return ref Unsafe.AsRef<T>(Cell.Payload);
        }
    }

    static RawSharedValue<T> ISharedObject<RawSharedValue<T>>.FromCell(SharedCell cell) => cell.Length == sizeof(T)
        ? new RawSharedValue<T>(cell)
        : throw new InvalidDataException($"The shared value has {cell.Length} bytes and a {typeof(T).Name} has {sizeof(T)}.");

    internal sealed class Pickler : SharedObjectPickler<RawSharedValue<T>>
    {
    }
}
