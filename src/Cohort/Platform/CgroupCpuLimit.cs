using System.Globalization;

namespace Cohort.Platform;

/// <summary>
/// The CPU bandwidth that control groups leave to this process: version 2 (cpu.max) and version 1 (cpu.cfs_quota_us),
/// the least over the group and all its ancestors that can be seen.
/// </summary>
internal static class CgroupCpuLimit
{
    /// <param name="root">Where /proc and the mounts are looked for; "/" but in tests.</param>
    /// <returns>In CPUs; null when nothing limits.</returns>
    public static double? Read(string root)
    {
        double? least = null;
        List<CgroupMount> mounts = [.. Lines(root, "proc/self/mountinfo").Select(CgroupMount.Parse).OfType<CgroupMount>()];
        foreach (string line in Lines(root, "proc/self/cgroup"))
        {
            // "hierarchy:controllers:path"; version 2 has hierarchy 0 and no controllers.
            string[] parts = line.Split(':', 3);
            if (parts.Length != 3)
            {
                continue;
            }

            bool isVersion2 = parts[0] == "0" && parts[1].Length == 0;
            bool isCpu = isVersion2 || parts[1].Split(',').Contains("cpu");
            CgroupMount? mount = isCpu ? mounts.Find(mount => mount.IsVersion2 == isVersion2) : null;
            if (mount is not null)
            {
                least = Min(least, LeastOnTheWayUp(root, mount, parts[2]));
            }
        }

        return least;
    }

    private static double? LeastOnTheWayUp(string root, CgroupMount mount, string cgroup)
    {
        string top = Path.Combine(root, mount.MountPoint.TrimStart('/'));
        string below = mount.PathBelow(cgroup);
        double? least = null;
        while (true)
        {
            string directory = Path.Combine(top, below);
            least = Min(least, mount.IsVersion2 ? ReadVersion2(directory) : ReadVersion1(directory));
            if (below.Length == 0)
            {
                return least;
            }

            below = Path.GetDirectoryName(below) ?? "";
        }
    }

    /// <summary>"max 100000" or "150000 100000".</summary>
    private static double? ReadVersion2(string directory)
    {
        string[] parts = (Lines(directory, "cpu.max").FirstOrDefault() ?? "").Split(' ');
        return parts.Length == 2 ? Quotient(parts[0], parts[1]) : null;
    }

    private static double? ReadVersion1(string directory) => Quotient(
        Lines(directory, "cpu.cfs_quota_us").FirstOrDefault(), Lines(directory, "cpu.cfs_period_us").FirstOrDefault());

    /// <summary>Null for "max", -1 and whatever else is no limit.</summary>
    private static double? Quotient(string? quota, string? period) =>
        long.TryParse(quota, CultureInfo.InvariantCulture, out long used)
        && long.TryParse(period, CultureInfo.InvariantCulture, out long of)
        && used > 0
        && of > 0
            ? (double)used / of
            : null;

    private static double? Min(double? a, double? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);

    /// <summary>None when the file is missing or may not be read: then it limits nothing that we know of.</summary>
    private static IReadOnlyList<string> Lines(string directory, string file)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(directory, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
