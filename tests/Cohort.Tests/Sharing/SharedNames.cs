namespace Cohort.Tests.Sharing;

/// <summary>Names for shared memory that no other test has, and how to find what is mapped under one.</summary>
internal static class SharedNames
{
    public static string New() => $"cohort-test-{Guid.NewGuid():N}";

    public static string PathOf(string name) => $"/dev/shm/{name}";

    public static bool Exists(string name) => Path.Exists(PathOf(name));

    /// <summary>How often this process maps a file of that inode in /dev/shm, whether it has a name or not.</summary>
    public static int MappingsOf(ulong inode) => File.ReadLines("/proc/self/maps")
        .Where(static line => line.Contains("/dev/shm/", StringComparison.Ordinal))
        .Count(line => line.Contains($" {inode} ", StringComparison.Ordinal));
}
