using System.Globalization;
using System.Text;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

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

    /// <summary>Sets a resource limit, for good: the process cannot raise it again.</summary>
    /// <param name="processId">Whose.</param>
    /// <param name="resource">Its RLIMIT number.</param>
    /// <param name="value">Null for no limit.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    public static unsafe void SetResource(int processId, int resource, ulong? value)
    {
        RLimit limit = new() { Current = value ?? Libc.RLIM_INFINITY, Maximum = value ?? Libc.RLIM_INFINITY };
        if (Libc.PrLimit(processId, resource, &limit, null) != 0)
        {
            throw OsError.LastToException("a value above this process's own limit takes the right to it (CAP_SYS_RESOURCE)");
        }
    }

    /// <summary>The memory of a process that is in RAM, in bytes; null when it is gone.</summary>
    public static long? ResidentMemoryOf(int processId)
    {
        Span<byte> buffer = stackalloc byte[256];
        try
        {
            using SafeFileHandle file = File.OpenHandle(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/statm"), share: FileShare.ReadWrite);
            string[] fields = Encoding.ASCII.GetString(buffer[..RandomAccess.Read(file, buffer, 0)]).Split(' ');
            return fields.Length > 1 ? long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
