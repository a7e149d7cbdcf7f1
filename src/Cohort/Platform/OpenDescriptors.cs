using System.Globalization;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>The descriptors that this process holds, by /proc.</summary>
internal static class OpenDescriptors
{
    /// <summary>Whether a descriptor is open and would pass through exec.</summary>
    public static bool IsInheritable(int fd) => Libc.Fcntl(fd, Libc.F_GETFD) is var flags && flags >= 0 && (flags & Libc.FD_CLOEXEC) == 0;

    /// <summary>Those that would pass through exec.</summary>
    public static IEnumerable<int> Inheritable()
    {
        List<int> found = [];
        foreach (string path in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            int fd = int.Parse(Path.GetFileName(path.AsSpan()), CultureInfo.InvariantCulture);

            // One may have been closed since it was listed, the one that listed them for certain: EBADF is no fault.
            int flags = Libc.Fcntl(fd, Libc.F_GETFD);
            if (flags >= 0 && (flags & Libc.FD_CLOEXEC) == 0)
            {
                found.Add(fd);
            }
        }

        return found;
    }
}
