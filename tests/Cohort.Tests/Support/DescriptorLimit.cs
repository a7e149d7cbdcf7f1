using System.Runtime.InteropServices;

namespace Cohort.Tests.Support;

/// <summary>RLIMIT_NOFILE of a worker, so that it runs out of descriptors soon.</summary>
internal static unsafe partial class DescriptorLimit
{
    private const int RLIMIT_NOFILE = 7;

    /// <summary>For the rest of this process's life.</summary>
    public static void Set(int limit)
    {
        ulong* limits = stackalloc ulong[2] { (ulong)limit, (ulong)limit };
        Assert.Equal(0, SetRLimit(RLIMIT_NOFILE, limits));
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetRLimit(int resource, ulong* limits);
}
