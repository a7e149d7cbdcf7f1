using Cohort.Platform;

namespace Cohort.Sharing;

/// <summary>Shared objects with a name, for programs that are not each other's workers: a file of its own each in /dev/shm.</summary>
internal static class NamedCells
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Keeps the names apart from those of <see cref="SharedMemory"/>.</summary>
    private const string Prefix = "cohort.";

    /// <summary>Opens the object of this name, or makes it. Of several callers at once, one makes it.</summary>
    /// <param name="initialize">Fills a new one before anybody can open it; null leaves zeros.</param>
    public static SharedCell OpenOrCreate(
        SharedKind kind, long length, string name, UnixFileMode mode, Action<SharedCell>? initialize = null)
    {
        string file = FileOf(name);
        while (true)
        {
            if (SharedFile.Find(file) is not null)
            {
                try
                {
                    return Open(kind, length, name);
                }
                catch (FileNotFoundException)
                {
                    // Unlinked between the look and the opening.
                }
            }
            else if (TryCreate(kind, length, file, mode, initialize) is { } made)
            {
                return made;
            }
        }
    }

    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    /// <exception cref="InvalidDataException">What has this name is something else.</exception>
    public static SharedCell Open(SharedKind kind, long length, string name)
    {
        SharedRegion? region = null;
        try
        {
            region = SharedRegions.Open(SharedFile.Open(FileOf(name)));
            return SharedCell.Find(region, kind, length);
        }
        catch (InvalidDataException fault)
        {
            if (region is not null)
            {
                SharedRegions.Release(region);
            }

            throw new InvalidDataException($"'{name}' ({SharedFileName.PathOf(FileOf(name))}) cannot be opened as a {kind}: {fault.Message}", fault);
        }
    }

    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    public static void Unlink(string name) => SharedFile.Unlink(FileOf(name));

    private static string FileOf(string name)
    {
        SharedFileName.ThrowIfUnfit(name, nameof(name));
        OperatingSystems.EnsureSupported();
        string file = Prefix + name;
        SharedFileName.ThrowIfUnfit(file, nameof(name));
        return file;
    }

    /// <summary>Null when the name is taken meanwhile.</summary>
    private static SharedCell? TryCreate(SharedKind kind, long length, string file, UnixFileMode mode, Action<SharedCell>? initialize)
    {
        long size = SharedRegion.HeaderSize + SharedCell.HeaderSize + length;
        long page = Environment.SystemPageSize;
        SharedFile made = SharedFile.Create((size + page - 1) / page * page, mode);
        SharedRegion region;
        try
        {
            region = SharedRegion.Create(made);
        }
        catch
        {
            made.Dispose();
            throw;
        }

        SharedRegions.Add(region);
        SharedCell cell = SharedCell.Place(region, kind, length);
        try
        {
            initialize?.Invoke(cell);
            region.Mark();
            if (made.TryPublish(file))
            {
                return cell;
            }
        }
        catch
        {
            cell.Dispose();
            throw;
        }

        cell.Dispose();
        return null;
    }
}
