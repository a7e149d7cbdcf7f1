namespace Cohort.Platform;

/// <summary>A mounted control group hierarchy that knows about CPU time.</summary>
/// <param name="IsVersion2">The unified hierarchy, else version 1 with the cpu controller.</param>
/// <param name="Root">The group that the mount shows at its top: "/" unless it is a bind mount, as containers have.</param>
/// <param name="MountPoint">Where it is mounted.</param>
internal sealed record CgroupMount(bool IsVersion2, string Root, string MountPoint)
{
    /// <summary>One line of /proc/self/mountinfo; null when it is another file system.</summary>
    public static CgroupMount? Parse(string line)
    {
        // "36 25 0:32 /root /mount/point rw,nosuid shared:15 - cgroup2 source options": optional fields end with the dash.
        int dash = line.IndexOf(" - ", StringComparison.Ordinal);
        if (dash < 0)
        {
            return null;
        }

        string[] before = line[..dash].Split(' ');
        string[] after = line[(dash + 3)..].Split(' ');
        if (before.Length < 5 || after.Length < 3)
        {
            return null;
        }

        return after[0] switch
        {
            "cgroup2" => new CgroupMount(true, Unescape(before[3]), Unescape(before[4])),
            "cgroup" when after[2].Split(',').Contains("cpu") =>
                new CgroupMount(false, Unescape(before[3]), Unescape(before[4])),
            _ => null,
        };
    }

    /// <summary>Where the group lies below the mount point; empty for the top, also when it lies outside the mount.</summary>
    public string PathBelow(string cgroup)
    {
        string top = Root.TrimEnd('/');
        return cgroup.StartsWith(top + "/", StringComparison.Ordinal) && !cgroup.Contains("/..", StringComparison.Ordinal)
            ? cgroup[top.Length..].Trim('/')
            : "";
    }

    /// <summary>Spaces and the like are written as octal numbers.</summary>
    private static string Unescape(string text) => text
        .Replace("\\040", " ", StringComparison.Ordinal)
        .Replace("\\011", "\t", StringComparison.Ordinal)
        .Replace("\\012", "\n", StringComparison.Ordinal)
        .Replace("\\134", "\\", StringComparison.Ordinal);
}
