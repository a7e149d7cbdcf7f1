using System.Globalization;

namespace Cohort.Platform;

/// <summary>How often the kernel has killed for want of memory in this process's control group (version 2) and below.</summary>
internal static class CgroupOomKills
{
    private const string Counter = "oom_kill ";

    /// <param name="root">Where /proc and the mounts are looked for; "/" but in tests.</param>
    /// <returns>Null when nothing tells.</returns>
    public static long? Read(string root)
    {
        try
        {
            string? group = File.ReadLines(Path.Combine(root, "proc/self/cgroup")).FirstOrDefault(static line => line.StartsWith("0::", StringComparison.Ordinal));
            CgroupMount? mount = File.ReadLines(Path.Combine(root, "proc/self/mountinfo"))
                .Select(CgroupMount.Parse).FirstOrDefault(static mount => mount is { IsVersion2: true });
            if (group is null || mount is null)
            {
                return null;
            }

            string folder = Path.Combine(root, mount.MountPoint.TrimStart('/'), mount.PathBelow(group[3..]));
            string? line = File.ReadLines(Path.Combine(folder, "memory.events")).FirstOrDefault(static line => line.StartsWith(Counter, StringComparison.Ordinal));
            return line is not null && long.TryParse(line.AsSpan(Counter.Length), CultureInfo.InvariantCulture, out long count) ? count : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
