using Cohort.Interop;
using Cohort.Platform;

namespace Cohort.Sharing;

public sealed partial class SharedMemory
{
    /// <summary>
    /// Makes new shared memory. It appears under its name in one step, whole and zeroed.
    /// </summary>
    /// <param name="size">In bytes.</param>
    /// <param name="name">
    /// Up to 255 bytes of UTF-8 without a slash, the same as in Python; null for a new name that nobody has.
    /// </param>
    /// <param name="mode">Who may open it, whatever the umask is: by default only this user.</param>
    /// <param name="reserve">
    /// Whether its storage is taken now, so that a full <c>/dev/shm</c> is an exception here. Without, pages come with their
    /// first use, as in Python: faster for memory that is not all used, but a page that cannot be had then ends the process
    /// (SIGBUS).
    /// </param>
    /// <returns>The memory, mapped.</returns>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    /// <exception cref="IOException">
    /// The name is taken, memory is short, or descriptors or mappings are used up; the message says which.
    /// </exception>
    public static SharedMemory Create(long size, string? name = null, UnixFileMode mode = OwnerOnly, bool reserve = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        return Create(size, name, mode, fill: null, reserve: reserve);
    }

    /// <summary>Opens shared memory that exists, for reading and writing.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The memory, mapped.</returns>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    /// <exception cref="UnauthorizedAccessException">Its permissions keep this user out.</exception>
    /// <exception cref="IOException">
    /// It is empty or no regular file, or descriptors or mappings are used up; the message says which.
    /// </exception>
    public static SharedMemory Open(string name)
    {
        SharedFileName.ThrowIfUnfit(name, nameof(name));
        OperatingSystems.EnsureSupported();
        using SharedFile file = SharedFile.Open(name);
        return new SharedMemory(name, file);
    }

    /// <summary>Opens shared memory, or makes it when nothing has the name. Of several callers at once, one makes it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">The least number of bytes that it must have; new memory has exactly as many.</param>
    /// <param name="mode">Who may open it, if it is new.</param>
    /// <returns>The memory, mapped.</returns>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive.</exception>
    /// <exception cref="UnauthorizedAccessException">It exists, and its permissions keep this user out.</exception>
    /// <exception cref="IOException">It exists and is smaller, or as in <see cref="Open"/> and <see cref="Create(long, string, UnixFileMode, bool)"/>.</exception>
    public static SharedMemory OpenOrCreate(string name, long size, UnixFileMode mode = OwnerOnly)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        SharedFileName.ThrowIfUnfit(name, nameof(name));
        OperatingSystems.EnsureSupported();
        while (true)
        {
            if (TryOpen(name) is { } found)
            {
                return found.Size >= size ? found : throw TooSmall(found, size);
            }

            if (TryCreate(size, name, mode, fill: null) is { } made)
            {
                return made;
            }

            // Somebody made it meanwhile, so it can be opened, unless somebody else has already unlinked it.
        }
    }

    /// <summary>Takes the name away. Whoever has the memory open keeps it.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">The name cannot be one.</exception>
    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    /// <exception cref="UnauthorizedAccessException">The memory is another user's.</exception>
    public static void Unlink(string name)
    {
        SharedFileName.ThrowIfUnfit(name, nameof(name));
        OperatingSystems.EnsureSupported();
        SharedFile.Unlink(name);
    }

    /// <summary>With content, which is there before anybody can open the memory.</summary>
    /// <param name="newName">Makes names, where none is given; for tests of names that are taken.</param>
    internal static SharedMemory Create(
        long size, string? name, UnixFileMode mode, Action<SharedMemory>? fill, Func<string>? newName = null, bool reserve = true)
    {
        if (name is not null)
        {
            SharedFileName.ThrowIfUnfit(name, nameof(name));
            return TryCreate(size, name, mode, fill, reserve) ?? throw OsError.ToException(
                Errno.EEXIST, $"cannot make the shared memory '{name}', since there is one already");
        }

        OperatingSystems.EnsureSupported();
        while (true)
        {
            if (TryCreate(size, (newName ?? SharedFileName.New)(), mode, fill, reserve) is { } made)
            {
                return made;
            }
        }
    }

    /// <summary>Opens what was sent here, or refuses what has taken its name.</summary>
    internal static SharedMemory Reopen(string name, FileIdentity identity, long size)
    {
        SharedMemory memory = Open(name);
        if (memory.Identity == identity && memory.Size == size)
        {
            return memory;
        }

        memory.Dispose();
        throw new IOException(
            $"The shared memory '{name}' that was sent is gone: other memory has its name now. Its sender, or somebody else, "
            + "unlinked it and the name was used again.");
    }

    /// <summary>Null when nothing has the name.</summary>
    private static SharedMemory? TryOpen(string name)
    {
        // A look is cheaper than an exception, and decides nothing: the memory may go in between.
        if (SharedFile.Find(name) is null)
        {
            return null;
        }

        try
        {
            return Open(name);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Null when the name is taken.</summary>
    private static SharedMemory? TryCreate(
        long size, string name, UnixFileMode mode, Action<SharedMemory>? fill, bool reserve = true)
    {
        OperatingSystems.EnsureSupported();

        // Not only to save work: where memory is short, a name that is taken has to be said first.
        if (SharedFile.Find(name) is not null)
        {
            return null;
        }

        using SharedFile file = SharedFile.Create(size, mode, reserve);
        SharedMemory memory = new(name, file);
        try
        {
            fill?.Invoke(memory);
            if (file.TryPublish(name))
            {
                return memory;
            }
        }
        catch
        {
            memory.Dispose();
            throw;
        }

        memory.Dispose();
        return null;
    }

    private static IOException TooSmall(SharedMemory found, long size)
    {
        found.Dispose();
        return new IOException($"The shared memory '{found.Name}' has {found.Size} bytes where at least {size} were expected.");
    }
}
