using System.Numerics;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>How many CPUs this process may use: the fewer of its affinity mask and the quotas of its control groups.</summary>
internal static unsafe class CpuQuota
{
    /// <summary>At least 1; a fraction of a CPU in a quota counts as one.</summary>
    public static int AvailableCpus() => AvailableCpus("/", AffinityCount());

    internal static int AvailableCpus(string root, int affinityCount)
    {
        double? quota = CgroupCpuLimit.Read(root);
        int byQuota = quota is { } cpus ? (int)Math.Min(Math.Ceiling(cpus), int.MaxValue) : int.MaxValue;
        return Math.Max(1, Math.Min(affinityCount, byQuota));
    }

    /// <summary>The CPUs in the affinity mask of this process's main thread.</summary>
    internal static int AffinityCount()
    {
        OperatingSystems.EnsureSupported();
        for (int size = 128; ; size *= 2)
        {
            byte[] mask = new byte[size];
            fixed (byte* pointer = mask)
            {
                if (Libc.SchedGetAffinity(Libc.GetPid(), (nuint)size, pointer) == 0)
                {
                    return mask.Sum(static part => BitOperations.PopCount(part));
                }
            }

            // EINVAL: the machine may have more CPUs than the mask has bits.
            if (Errno.Last != Errno.EINVAL || size >= 1 << 20)
            {
                throw OsError.LastToException("cannot read the CPU affinity");
            }
        }
    }
}
