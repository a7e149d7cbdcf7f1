using System.Globalization;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

/// <summary>The regions that this process has mapped, each once.</summary>
internal static class SharedRegions
{
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<FileIdentity, SharedRegion> s_mapped = [];

    /// <summary>Makes a new region known, with its first cell.</summary>
    public static void Add(SharedRegion region)
    {
        lock (s_gate)
        {
            s_mapped.Add(region.Identity, region);
            region.AddCell();
        }
    }

    /// <summary>One more cell of a region that has some.</summary>
    public static void Retain(SharedRegion region)
    {
        lock (s_gate)
        {
            region.AddCell();
        }
    }

    /// <summary>One cell less; the region goes with the last.</summary>
    public static void Release(SharedRegion region)
    {
        lock (s_gate)
        {
            if (region.RemoveCell())
            {
                s_mapped.Remove(region.Identity);
                region.Detach();
            }
        }
    }

    /// <summary>The region that a message names, for one more cell: mapped already, or opened where its sender has it.</summary>
    /// <exception cref="SharedObjectLostException">The sender is gone, or has closed it.</exception>
    /// <exception cref="IOException">The system refuses to open or map it.</exception>
    public static SharedRegion Open(SharedReference reference)
    {
        lock (s_gate)
        {
            if (!s_mapped.TryGetValue(reference.File, out SharedRegion? region))
            {
                region = OpenAtSender(reference);
                s_mapped.Add(region.Identity, region);
            }

            region.AddCell();
            return region;
        }
    }

    /// <summary>The region of a named file, for one more cell.</summary>
    /// <param name="file">Disposed, or owned by the region.</param>
    /// <exception cref="InvalidDataException">The file is no region of this version of Cohort.</exception>
    public static SharedRegion Open(SharedFile file)
    {
        lock (s_gate)
        {
            if (s_mapped.TryGetValue(file.Identity, out SharedRegion? region))
            {
                file.Dispose();
            }
            else
            {
                try
                {
                    region = SharedRegion.Open(file.Handle, isNamed: true);
                }
                catch
                {
                    file.Dispose();
                    throw;
                }

                s_mapped.Add(region.Identity, region);
            }

            region.AddCell();
            return region;
        }
    }

    private static SharedRegion OpenAtSender(SharedReference reference)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{reference.Owner.ProcessId}/fd/{reference.Descriptor}");
        SafeFileHandle handle = Libc.Open(path, Libc.O_RDWR | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOCTTY);
        if (handle.IsInvalid)
        {
            int errno = Errno.Last;
            throw errno is Errno.ENOENT or Errno.ESRCH or Errno.ENXIO
                ? Lost(reference, OsError.ToException(errno, path))
                : OsError.ToException(errno, $"cannot open the {reference.Kind} that process {reference.Owner.ProcessId} sent ({path})");
        }

        try
        {
            SharedRegion region = SharedRegion.Open(handle, reference.IsNamed);
            if (region.Identity == reference.File)
            {
                return region;
            }

            region.Detach();
            throw Lost(reference, null);
        }
        catch (InvalidDataException other)
        {
            // The number names another file of that process by now, or belongs to another process.
            handle.Dispose();
            throw Lost(reference, other);
        }
        catch (IOException)
        {
            handle.Dispose();
            throw;
        }
    }

    public static SharedObjectLostException Lost(SharedReference reference, Exception? cause) => new(
        $"The {reference.Kind} came from process {reference.Owner.ProcessId}, which " +
        (reference.Owner.IsAlive ? "has disposed it" : "has ended") +
        " before it was opened here. Keep the object alive in the process that sends it until the receiver has it.",
        cause);
}
