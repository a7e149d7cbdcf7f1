using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>
/// Memory that several processes map: an anonymous memory file that has no name to leave behind. It is sealed against
/// resizing, so that no peer can make an access here fault with SIGBUS by cutting the file.
/// </summary>
/// <remarks>Whoever uses the addresses has to keep this object alive and undisposed meanwhile.</remarks>
internal sealed unsafe class SharedPages : IDisposable
{
    private const int Seals = Libc.F_SEAL_SHRINK | Libc.F_SEAL_GROW | Libc.F_SEAL_SEAL;

    private readonly Lock _gate = new();
    private readonly SafeMapping _mapping;
    private readonly List<SafeMapping> _mirrors = [];
    private bool _isDisposed;

    private SharedPages(SafeFileHandle handle, SafeMapping mapping, FileIdentity identity)
    {
        Handle = handle;
        _mapping = mapping;
        Identity = identity;
    }

    public static nuint PageSize { get; } = (nuint)Environment.SystemPageSize;

    /// <summary>The memory file: close-on-exec, to be passed to a child or over a <see cref="ControlSocket"/>.</summary>
    public SafeFileHandle Handle { get; }

    public FileIdentity Identity { get; }

    /// <summary>In bytes, whole pages.</summary>
    public nuint Size => _mapping.Length;

    /// <summary>The first byte. All bytes of a new file are zero.</summary>
    /// <exception cref="ObjectDisposedException">The pages are unmapped.</exception>
    public byte* Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed), this);
            return _mapping.Address;
        }
    }

    /// <param name="debugName">Seen as <c>/memfd:name</c> in /proc/PID/maps; means nothing else and need not be unique.</param>
    /// <param name="size">In bytes, rounded up to whole pages.</param>
    /// <exception cref="IOException">The system refuses the file or the mapping.</exception>
    public static SharedPages Create(string debugName, nuint size)
    {
        ArgumentNullException.ThrowIfNull(debugName);
        ArgumentOutOfRangeException.ThrowIfZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)size, long.MaxValue - (ulong)PageSize, nameof(size));
        OperatingSystems.EnsureSupported();
        nuint rounded = (size + PageSize - 1) & ~(PageSize - 1);
        SafeFileHandle handle = MemoryFile.Create(debugName);
        try
        {
            if (Libc.FTruncate(handle, (long)rounded) != 0 || Libc.Fcntl(handle, Libc.F_ADD_SEALS, Seals) != 0)
            {
                throw OsError.LastToException($"cannot make shared memory of {rounded} bytes");
            }

            return Map(handle, rounded);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Maps the memory file of another process.</summary>
    /// <param name="handle">Owned by the result; stays the caller's when this throws.</param>
    /// <param name="expectedSize">The least number of bytes that it must have; 0 takes any.</param>
    /// <param name="isNamed">It is a file with a name, which cannot be sealed: whoever may write to it can cut it.</param>
    /// <exception cref="InvalidDataException">It is not a memory file as <see cref="Create"/> makes them, or too small.</exception>
    /// <exception cref="IOException">The system refuses the mapping.</exception>
    public static SharedPages Open(SafeFileHandle handle, nuint expectedSize = 0, bool isNamed = false)
    {
        ArgumentNullException.ThrowIfNull(handle);
        OperatingSystems.EnsureSupported();
        int seals = Libc.Fcntl(handle, Libc.F_GET_SEALS);
        if (seals < 0 && Errno.Last == Errno.EBADF)
        {
            throw OsError.LastToException("cannot open shared memory");
        }

        if (!isNamed && (seals < 0 || (seals & Libc.F_SEAL_SHRINK) == 0))
        {
            throw new InvalidDataException(
                "The descriptor is no shared memory of Cohort: it is not a memory file that is sealed against shrinking.");
        }

        ulong size = StatusOf(handle).stx_size;
        if (size == 0 || size % PageSize != 0 || size < expectedSize)
        {
            throw new InvalidDataException(
                $"The shared memory has {size} bytes where at least {expectedSize} in whole pages were expected.");
        }

        return Map(handle, (nuint)size);
    }

    /// <summary>
    /// Maps a part twice, back to back, so that a range that passes its end goes on at its start. Unmapped by
    /// <see cref="Dispose"/>.
    /// </summary>
    /// <param name="offset">A multiple of the page size.</param>
    /// <param name="length">A multiple of the page size; the result has twice as many bytes.</param>
    public byte* MapMirrored(nuint offset, nuint length)
    {
        if (offset % PageSize != 0 || length == 0 || length % PageSize != 0 || offset > Size || length > Size - offset)
        {
            throw new ArgumentOutOfRangeException(
                nameof(length), $"The range {offset}+{length} is not one of whole pages within {Size} bytes.");
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            SafeMapping mirror = SafeMapping.MapSharedTwice(Handle, offset, length);
            _mirrors.Add(mirror);
            return mirror.Address;
        }
    }

    /// <summary>
    /// Gives the memory back but keeps the addresses: zero pages of this process's own take its place, until nothing refers to this
    /// object any more. For those who cannot know whether another thread is still at it.
    /// </summary>
    /// <param name="keepHandle">Leaves the descriptor to the caller.</param>
    public void Detach(bool keepHandle = false)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                if (!keepHandle)
                {
                    // First, as the zeros may need a descriptor where none is left.
                    Handle.Dispose();
                }

                _mapping.ReplaceByZeros();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _mirrors.ForEach(static mirror => mirror.Dispose());
            _mapping.Dispose();
            Handle.Dispose();
        }
    }

    private static SharedPages Map(SafeFileHandle handle, nuint size)
    {
        FileIdentity identity = new(StatusOf(handle));
        return new SharedPages(handle, SafeMapping.MapShared(handle, 0, size), identity);
    }

    private static StatX StatusOf(SafeFileHandle handle)
    {
        StatX status;
        return Libc.FStatX(handle, &status) == 0 ? status : throw OsError.LastToException("cannot look at shared memory");
    }
}
