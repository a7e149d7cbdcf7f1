using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>What one process sets for another.</summary>
internal static class ProcessLimits
{
    /// <summary>Sets the nice value of all threads.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static void SetNice(int processId, int nice) => ProcessThreads.ForEach(processId, thread =>
    {
        if (Libc.SetPriority(Libc.PRIO_PROCESS, thread, nice) != 0 && Errno.Last != Errno.ESRCH)
        {
            throw OsError.LastToException("a value below the current one takes the right to it (CAP_SYS_NICE or RLIMIT_NICE)");
        }
    });

    /// <summary>Sets a resource limit.</summary>
    /// <param name="processId">Whose.</param>
    /// <param name="resource">Its RLIMIT number.</param>
    /// <param name="values"><see cref="Libc.RLIM_INFINITY"/> for none.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    public static unsafe void SetResource(int processId, int resource, (ulong Soft, ulong Hard) values)
    {
        RLimit limit = new() { Current = values.Soft, Maximum = values.Hard };
        if (Libc.PrLimit(processId, resource, &limit, null) != 0)
        {
            throw OsError.LastToException(
                $"cannot set limit {resource} to {values.Soft} and {values.Hard}; a value above this process's own takes the right to it (CAP_SYS_RESOURCE)");
        }
    }
}
