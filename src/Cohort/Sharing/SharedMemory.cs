using System.Buffers;
using Cohort.Platform;
using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>
/// Memory that every process on this machine can map by its name: the same files as those of Python's
/// <c>multiprocessing.shared_memory</c>, so that a name from here opens there and the other way round.
/// </summary>
/// <remarks>
/// <para>
/// The name, and the memory with it, stays until somebody calls <see cref="Unlink()"/>, also after all processes have
/// ended. After that the memory lives on for those who have it open.
/// </para>
/// <para>
/// Spans point right into the mapping: do not use one after <see cref="Dispose"/>. An object that was forgotten instead of
/// disposed, and that had given out spans, keeps its mapping until the process ends, since a span may still be in use.
/// </para>
/// <para>
/// Nothing here synchronises: what several processes change needs a lock, or atomic operations on aligned values. A file
/// that is made shorter under its users ends them with SIGBUS at the next access behind its new end; neither this class nor
/// Python ever does that.
/// </para>
/// <para>
/// Sent to another process, the object is its name: the receiver opens the same memory, refuses another one that has taken
/// its name, and disposes of its own object.
/// </para>
/// </remarks>
[Picklable(typeof(SharedMemoryPickler))]
public sealed unsafe partial class SharedMemory : IMemoryOwner<byte>, IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SharedMapping _mapping;
    private volatile bool _isLent;
    private int _isDisposed;

    private SharedMemory(string name, SharedFile file)
    {
        _mapping = SharedMapping.Acquire(file);
        Name = name;
    }

    /// <summary>Unmaps what was forgotten, unless a span may point into it.</summary>
    ~SharedMemory()
    {
        // No mapping: the constructor threw.
        if (_mapping is not null && !_isLent)
        {
            Release();
        }
    }

    /// <summary>The name, without the slash that shm_open puts in front.</summary>
    public string Name { get; }

    /// <summary>In bytes, exactly as its maker asked for it.</summary>
    public long Size => _mapping.Size;

    /// <summary>All of its bytes. Those of new memory are zero.</summary>
    /// <exception cref="InvalidOperationException">It has more bytes than a span can: use <see cref="GetSpan"/>.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public Span<byte> Span => new(Lend(), LengthOfAll(sizeof(byte)));

    /// <summary>
    /// All of its bytes, for asynchronous code. It keeps this object alive, and a pinned one keeps the bytes in place even
    /// over <see cref="Dispose"/>; taking a span of it after that throws.
    /// </summary>
    /// <exception cref="InvalidOperationException">It has more bytes than a span can: use <see cref="GetSpan"/>.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public Memory<byte> Memory
    {
        get
        {
            ThrowIfDisposed();
            return new MappedMemoryManager(this, LengthOfAll(sizeof(byte))).Memory;
        }
    }

    internal FileIdentity Identity => _mapping.Identity;

    /// <summary>A part of its bytes.</summary>
    /// <param name="offset">Where it starts, in bytes.</param>
    /// <param name="length">In bytes.</param>
    /// <returns>The bytes themselves.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The part does not lie within.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public Span<byte> GetSpan(long offset, int length)
    {
        ThrowIfOutside(offset, length);
        return new Span<byte>(Lend() + offset, length);
    }

    /// <summary>Its bytes as values of one type, as many as fit: an array, a NumPy array on the other side.</summary>
    /// <typeparam name="T">The type; both sides must know its layout.</typeparam>
    /// <returns>The values themselves.</returns>
    /// <exception cref="InvalidOperationException">More values fit than a span can have: use <see cref="GetSpan"/>.</exception>
    /// <exception cref="ObjectDisposedException">This object is disposed.</exception>
    public Span<T> AsSpan<T>()
        where T : unmanaged => new(Lend(), LengthOfAll(sizeof(T)));

    /// <summary>Takes the name away, also after <see cref="Dispose"/>. Whoever has the memory open keeps it.</summary>
    /// <exception cref="FileNotFoundException">Nothing has the name any more, or other memory has it.</exception>
    /// <exception cref="UnauthorizedAccessException">The memory is another user's.</exception>
    public void Unlink()
    {
        // Two steps, so somebody quick could still lose a name of theirs here; the system has no better.
        if (SharedFile.Find(Name) is { } found && found != Identity)
        {
            throw new FileNotFoundException(
                $"The shared memory '{Name}' was unlinked already, and other memory has its name now.", Name);
        }

        SharedFile.Unlink(Name);
    }

    /// <summary>
    /// Unmaps the memory here. The name stays until <see cref="Unlink()"/>. No span of it may be in use, on any thread.
    /// </summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc cref="Dispose"/>
    /// <returns>A completed task.</returns>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);

    /// <summary>The mapping with one more user, which has to release it.</summary>
    internal SharedMapping ShareMapping()
    {
        ThrowIfDisposed();
        _mapping.AddUser();
        return _mapping;
    }

    /// <summary>As <see cref="GetSpan"/>, for a caller that keeps this object alive for as long as it uses the span.</summary>
    internal Span<byte> Borrow(long offset, int length)
    {
        ThrowIfOutside(offset, length);
        ThrowIfDisposed();
        return new Span<byte>(_mapping.Address + offset, length);
    }

    private void ThrowIfOutside(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size - offset);
    }

    private byte* Lend()
    {
        // Set before the address is out: from here on the finalizer must not unmap.
        _isLent = true;
        ThrowIfDisposed();
        return _mapping.Address;
    }

    private int LengthOfAll(int elementSize)
    {
        long count = Size / elementSize;
        return count <= int.MaxValue
            ? (int)count
            : throw new InvalidOperationException(
                $"The shared memory '{Name}' has {Size} bytes, which is more than one span of this type can hold; use {nameof(GetSpan)}.");
    }

    private void Release()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _mapping.Release();
        }
    }
}
