using System.Globalization;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>
/// The file of named shared memory, open. A new one has no name until <see cref="TryPublish"/> gives it one in a single
/// step, so that nobody sees it half-made, and a process that is killed before leaves nothing.
/// </summary>
internal sealed unsafe class SharedFile : IDisposable
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;

    /// <summary>The path that the file has for now, or null where it has none.</summary>
    private string? _draftPath;

    private SharedFile(SafeFileHandle handle, string? draftPath)
    {
        Handle = handle;
        _draftPath = draftPath;
    }

    public SafeFileHandle Handle { get; }

    public FileIdentity Identity { get; private set; }

    /// <summary>In bytes, exactly as its maker asked for it.</summary>
    public long Size { get; private set; }

    /// <summary>Opens what has this name.</summary>
    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions keep this process out.</exception>
    /// <exception cref="IOException">It is no shared memory, it is empty, or the system refuses.</exception>
    public static SharedFile Open(string name)
    {
        // Without O_NONBLOCK a pipe of that name would wait for somebody at its other end.
        int flags = Libc.O_RDWR | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOCTTY | OpenFlags.O_NOFOLLOW;
        SafeFileHandle handle = OpenHandle(SharedFileName.PathOf(name), flags, 0);
        if (handle.IsInvalid)
        {
            throw LastFault($"cannot open the shared memory '{name}'", name);
        }

        SharedFile file = new(handle, draftPath: null);
        try
        {
            file.Look(name);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A new file of zeros.</summary>
    /// <param name="size">In bytes, at least one.</param>
    /// <param name="mode">Its permissions, whatever the umask is.</param>
    /// <param name="reserve">Whether its storage is taken now: no access to it can fail later because memory is full.</param>
    /// <param name="canBeUnnamed">False makes it under a draft's name, as where the file system knows no unnamed files.</param>
    /// <exception cref="IOException">Not enough memory is left for it, or the system refuses.</exception>
    public static SharedFile Create(long size, UnixFileMode mode, bool reserve = true, bool canBeUnnamed = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        if ((mode & ~Permissions) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "Shared memory has permissions to read, write and execute only.");
        }

        SharedFile file = canBeUnnamed ? CreateUnnamed() ?? CreateDraft() : CreateDraft();
        try
        {
            file.SetSize(size, reserve);
            file.SetMode(mode);
            file.Look("new");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Gives a new file its name; false when the name is taken.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public bool TryPublish(string name)
    {
        // The link in /proc is followed to the open file itself; by the descriptor alone it takes a privilege.
        string source = _draftPath
            ?? string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Handle.DangerousGetHandle()}");
        if (Libc.LinkAt(Libc.AT_FDCWD, source, Libc.AT_FDCWD, SharedFileName.PathOf(name), Libc.AT_SYMLINK_FOLLOW) == 0)
        {
            RemoveDraft();
            return true;
        }

        int errno = Errno.Last;
        return errno == Errno.EEXIST ? false : throw ToFault(errno, $"cannot name the shared memory '{name}'", name);
    }

    /// <summary>Which file has a name; null when none has.</summary>
    public static FileIdentity? Find(string name)
    {
        StatX status;
        if (Libc.LStatX(SharedFileName.PathOf(name), &status) == 0)
        {
            return new FileIdentity(status);
        }

        int errno = Errno.Last;
        return errno == Errno.ENOENT ? null : throw ToFault(errno, $"cannot look for the shared memory '{name}'", name);
    }

    /// <summary>Takes a name away. The memory stays for those who have it open.</summary>
    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    public static void Unlink(string name)
    {
        if (Libc.Unlink(SharedFileName.PathOf(name)) != 0)
        {
            throw LastFault($"cannot unlink the shared memory '{name}'", name);
        }
    }

    /// <summary>Closes the file; one without a name is gone, unless it is mapped.</summary>
    public void Dispose()
    {
        RemoveDraft();
        Handle.Dispose();
    }

    /// <summary>Null where the file system, or a layer above it, has no files without names.</summary>
    private static SharedFile? CreateUnnamed()
    {
        SafeFileHandle handle = OpenHandle(
            SharedFileName.Folder, OpenFlags.O_TMPFILE | Libc.O_RDWR | Libc.O_CLOEXEC, (uint)(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        if (!handle.IsInvalid)
        {
            return new SharedFile(handle, draftPath: null);
        }

        int errno = Errno.Last;
        return errno is Errno.EOPNOTSUPP or Errno.EISDIR
            ? null
            : throw ToFault(errno, $"cannot make shared memory in {SharedFileName.Folder}", null);
    }

    /// <summary>The second best: a process that is killed before it publishes leaves the draft's name behind.</summary>
    private static SharedFile CreateDraft()
    {
        string path = SharedFileName.PathOf($".{SharedFileName.New()}");
        SafeFileHandle handle = OpenHandle(
            path, Libc.O_CREAT | Libc.O_EXCL | Libc.O_RDWR | Libc.O_CLOEXEC, (uint)(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        return handle.IsInvalid
            ? throw LastFault($"cannot make shared memory in {SharedFileName.Folder}", null)
            : new SharedFile(handle, path);
    }

    private static SafeFileHandle OpenHandle(string path, int flags, uint mode)
    {
        SafeFileHandle handle;
        do
        {
            handle = Libc.Open(path, flags, mode);
        }
        while (handle.IsInvalid && Errno.Last == Errno.EINTR);
        return handle;
    }

    private void SetSize(long size, bool reserve)
    {
        // A size alone is a promise that tmpfs breaks with SIGBUS at the first touch of a page that it has not got.
        int errno;
        do
        {
            errno = reserve ? Libc.PosixFAllocate(Handle, 0, size) : Libc.FTruncate(Handle, size) == 0 ? 0 : Errno.Last;
        }
        while (errno == Errno.EINTR);

        if (errno != 0)
        {
            throw ToFault(errno, $"cannot make shared memory of {size} bytes", null);
        }
    }

    private void SetMode(UnixFileMode mode)
    {
        if (Libc.FChMod(Handle, (uint)mode) != 0)
        {
            throw LastFault("cannot set the permissions of new shared memory", null);
        }
    }

    private void Look(string name)
    {
        StatX status;
        if (Libc.FStatX(Handle, &status) != 0)
        {
            throw LastFault($"cannot look at the shared memory '{name}'", name);
        }

        if ((status.stx_mode & Libc.S_IFMT) != Libc.S_IFREG)
        {
            throw new IOException($"'{name}' in {SharedFileName.Folder} is no shared memory: it is not a regular file.");
        }

        if (status.stx_size == 0)
        {
            throw new IOException(
                $"The shared memory '{name}' is empty: the process that makes it has not given it a size yet, or has died before.");
        }

        Identity = new FileIdentity(status);
        Size = (long)status.stx_size;
    }

    private void RemoveDraft()
    {
        if (Interlocked.Exchange(ref _draftPath, null) is { } path)
        {
            Libc.Unlink(path);
        }
    }

    private static Exception LastFault(string what, string? name) => ToFault(Errno.Last, what, name);

    private static Exception ToFault(int errno, string what, string? name)
    {
        IOException fault = OsError.ToException(errno, what);
        return errno switch
        {
            Errno.ENOENT when name is not null => new FileNotFoundException(
                $"No shared memory is named '{name}'. It was unlinked, or never made, or this process has another {SharedFileName.Folder} "
                + "than its maker, as in a container.",
                name,
                fault),
            Errno.EACCES or Errno.EPERM => new UnauthorizedAccessException(fault.Message, fault),
            Errno.ENOSPC => new IOException(
                $"{fault.Message}. {SharedFileName.Folder} is full (`df {SharedFileName.Folder}`); in a container it has 64 MiB unless "
                + "it was started with more (--shm-size)",
                errno),
            Errno.ELOOP => new IOException($"{fault.Message}. A symbolic link is no shared memory", errno),
            _ => fault,
        };
    }
}
