using Cohort.Platform;

namespace Cohort.Sharing;

/// <summary>
/// Shared memory as it is mapped into this process: once, however many objects use it, since a worker may get the same
/// memory with each of a million tasks, and the number of mappings of a process is limited.
/// </summary>
internal sealed unsafe class SharedMapping
{
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<(FileIdentity Identity, long Size), SharedMapping> s_mappings = [];

    private readonly SafeMapping _pages;
    private int _users;

    private SharedMapping(SafeMapping pages, FileIdentity identity, long size)
    {
        _pages = pages;
        Identity = identity;
        Size = size;
    }

    /// <summary>While this is mapped, no other file can have the same identity.</summary>
    public FileIdentity Identity { get; }

    public long Size { get; }

    public byte* Address => _pages.Address;

    /// <summary>Maps the file, unless it is mapped already. Each call takes one <see cref="Release"/>.</summary>
    /// <exception cref="IOException">The system refuses the mapping.</exception>
    public static SharedMapping Acquire(SharedFile file)
    {
        lock (s_gate)
        {
            // A file that somebody made longer is mapped anew, for those who find it at that size.
            if (!s_mappings.TryGetValue((file.Identity, file.Size), out SharedMapping? mapping))
            {
                SafeMapping pages = SafeMapping.MapShared(file.Handle, 0, (nuint)file.Size);
                mapping = new SharedMapping(pages, file.Identity, file.Size);
                s_mappings.Add((file.Identity, file.Size), mapping);
            }

            mapping._users++;
            return mapping;
        }
    }

    /// <summary>One more user, while there is one.</summary>
    public void AddUser()
    {
        lock (s_gate)
        {
            ObjectDisposedException.ThrowIf(_users == 0, typeof(SharedMemory));
            _users++;
        }
    }

    /// <summary>One user less; the last one unmaps.</summary>
    public void Release()
    {
        lock (s_gate)
        {
            if (--_users == 0)
            {
                s_mappings.Remove((Identity, Size));
                _pages.Dispose();
            }
        }
    }
}
