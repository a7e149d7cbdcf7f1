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
        SharedKind kind, long length, string name, UnixFileMode mode, Action<SharedCell>? initialize = null) =>
        OpenOrCreate([new CellShape(kind, length)], name, mode, initialize)[0];

    /// <summary>As the other, for an object of several cells, which lie in one file.</summary>
    /// <param name="shapes">What is opened has the same kinds and lengths; a length of 0 leaves it open.</param>
    /// <param name="initialize">Fills the first cell of a new one.</param>
    /// <param name="newLength">Length of the first cell of a new one, where its shape leaves that open.</param>
    public static SharedCell[] OpenOrCreate(
        CellShape[] shapes, string name, UnixFileMode mode, Action<SharedCell>? initialize, long newLength = 0)
    {
        string file = FileOf(name);
        while (true)
        {
            if (SharedFile.Find(file) is not null)
            {
                try
                {
                    return Open(shapes, name);
                }
                catch (FileNotFoundException)
                {
                    // Unlinked between the look and the opening.
                }
            }
            else if (TryCreate(newLength == 0 ? shapes : [shapes[0] with { Length = newLength }], file, mode, initialize) is { } made)
            {
                return made;
            }
        }
    }

    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    /// <exception cref="InvalidDataException">What has this name is something else.</exception>
    public static SharedCell Open(SharedKind kind, long length, string name) => Open([new CellShape(kind, length)], name)[0];

    /// <inheritdoc cref="Open(SharedKind, long, string)"/>
    /// <exception cref="IOException">It was made in another PID namespace.</exception>
    public static SharedCell[] Open(CellShape[] shapes, string name)
    {
        try
        {
            SharedRegion region = SharedRegions.Open(SharedFile.Open(FileOf(name)));
            if (!region.IsOfAnotherNamespace)
            {
                return OpenAll(shapes, region);
            }

            SharedRegions.Release(region);
            throw new IOException(
                $"'{name}' ({SharedFileName.PathOf(FileOf(name))}) was made in another PID namespace, as of another container. Its processes " +
                "would seem to be dead here, and what they hold would be taken from them. Let all who use it share one PID namespace.");
        }
        catch (InvalidDataException fault)
        {
            throw Unfit(shapes[0].Kind, name, fault.Message, fault);
        }
    }

    /// <summary>What has this name cannot be opened as what it should be.</summary>
    public static InvalidDataException Unfit(SharedKind kind, string name, string reason, Exception? cause = null) =>
        new($"'{name}' ({SharedFileName.PathOf(FileOf(name))}) cannot be opened as a {kind}: {reason}", cause);

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

    private static SharedCell[] OpenAll(CellShape[] shapes, SharedRegion region)
    {
        SharedCell[] cells = new SharedCell[shapes.Length];
        long offset = SharedRegion.HeaderSize;
        for (int i = 0; i < shapes.Length; i++)
        {
            try
            {
                cells[i] = SharedCell.Find(region, offset, shapes[i]);
            }
            catch
            {
                SharedRegions.Release(region);
                Array.ForEach(cells[..i], static cell => cell.Dispose());
                throw;
            }

            offset += shapes[i].Size;
            if (i + 1 < shapes.Length)
            {
                SharedRegions.Retain(region);
            }
        }

        return cells;
    }

    /// <summary>Null when the name is taken meanwhile.</summary>
    /// <param name="shapes">Of its cells.</param>
    /// <param name="file">Its name in the file system.</param>
    /// <param name="mode">Who may open it.</param>
    /// <param name="initialize">Fills the first cell.</param>
    /// <param name="canBeUnnamed">As in <see cref="SharedFile.Create"/>.</param>
    internal static SharedCell[]? TryCreate(
        CellShape[] shapes, string file, UnixFileMode mode, Action<SharedCell>? initialize, bool canBeUnnamed = true)
    {
        long size = SharedRegion.HeaderSize + shapes.Sum(static shape => shape.Size);
        long page = Environment.SystemPageSize;
        SharedFile made = SharedFile.Create((size + page - 1) / page * page, mode, canBeUnnamed: canBeUnnamed);
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

        SharedCell[] cells = PlaceAll(region, shapes);
        bool isPublished = false;
        try
        {
            initialize?.Invoke(cells[0]);
            region.Mark();
            isPublished = made.TryPublish(file);
            return isPublished ? cells : null;
        }
        finally
        {
            if (!isPublished)
            {
                Array.ForEach(cells, static cell => cell.Dispose());

                // Where it has had the name of a draft, that would stay.
                made.Dispose();
            }
        }
    }

    private static SharedCell[] PlaceAll(SharedRegion region, CellShape[] shapes)
    {
        SharedCell[] cells = new SharedCell[shapes.Length];
        long offset = SharedRegion.HeaderSize;
        SharedRegions.Add(region);
        for (int i = 0; i < shapes.Length; i++)
        {
            if (i > 0)
            {
                SharedRegions.Retain(region);
            }

            cells[i] = SharedCell.Place(region, offset, shapes[i]);
            offset += shapes[i].Size;
        }

        return cells;
    }
}
