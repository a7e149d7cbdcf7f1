using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>On which CPUs threads may run.</summary>
internal static class CpuSet
{
    /// <summary>The most that a kernel is built for.</summary>
    public const int MaxCpus = 8192;

    /// <summary>The CPUs of the calling thread's process.</summary>
    public static int[] Own => Get(Environment.ProcessId);

    /// <summary>Puts all threads of a process on these CPUs.</summary>
    /// <exception cref="IOException">One of them is not to be had, or the process is gone.</exception>
    public static void Apply(int processId, IReadOnlyCollection<int> cpus)
    {
        byte[] mask = MaskOf(cpus);
        ProcessThreads.ForEach(processId, thread => Set(thread, mask));

        // The kernel leaves out what there is not, and complains only if nothing is left.
        int[] missing = [.. cpus.Except(Get(processId))];
        if (missing.Length > 0)
        {
            throw OsError.ToException(Errno.EINVAL, $"CPU {string.Join(", ", missing)} does not exist or is not allowed here");
        }
    }

    /// <summary>Puts the calling thread on these CPUs. The kernel leaves out what there is not.</summary>
    /// <exception cref="IOException">None of them is to be had.</exception>
    public static void ApplyToThread(IReadOnlyCollection<int> cpus) => Set(0, MaskOf(cpus));

    private static byte[] MaskOf(IReadOnlyCollection<int> cpus)
    {
        byte[] mask = new byte[MaxCpus / 8];
        foreach (int cpu in cpus)
        {
            mask[cpu / 8] |= (byte)(1 << (cpu % 8));
        }

        return mask;
    }

    private static unsafe void Set(int thread, byte[] mask)
    {
        fixed (byte* pointer = mask)
        {
            if (Libc.SchedSetAffinity(thread, (nuint)mask.Length, pointer) != 0 && Errno.Last != Errno.ESRCH)
            {
                throw OsError.LastToException("none of these CPUs exists and is allowed here");
            }
        }
    }

    private static unsafe int[] Get(int thread)
    {
        byte[] mask = new byte[MaxCpus / 8];
        fixed (byte* pointer = mask)
        {
            if (Libc.SchedGetAffinity(thread, (nuint)mask.Length, pointer) < 0)
            {
                throw OsError.LastToException($"cannot read the CPUs of thread {thread}");
            }
        }

        return [.. Enumerable.Range(0, MaxCpus).Where(cpu => (mask[cpu / 8] & (1 << (cpu % 8))) != 0)];
    }
}
