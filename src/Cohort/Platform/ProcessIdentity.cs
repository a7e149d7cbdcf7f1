using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Names one process for good: process ids are used again, but not together with the time of start.</summary>
/// <param name="ProcessId">The process id.</param>
/// <param name="StartTime">In clock ticks after the machine's start (field 22 of /proc/PID/stat).</param>
internal readonly record struct ProcessIdentity(int ProcessId, ulong StartTime)
{
    private static readonly Lazy<ProcessIdentity> s_current = new(
        static () => Of(System.Environment.ProcessId) ?? throw new IOException("cannot read /proc/self/stat; is /proc mounted?"));

    /// <exception cref="IOException">/proc cannot be read.</exception>
    public static ProcessIdentity Current => s_current.Value;

    /// <summary>Whether this very process still runs; a zombie does not. Where that cannot be found out, it does.</summary>
    public bool IsAlive => ProcessStat.Of(ProcessId) is { } stat ? !stat.IsZombie && stat.Identity == this : !IsGone;

    /// <summary>
    /// Whether no process has this number. Needs no file, which cannot be had where no descriptor is left: what the living have must not
    /// pass for lost because of that.
    /// </summary>
    private bool IsGone => ProcessId <= 0 || (Libc.Kill(ProcessId, 0) != 0 && Errno.Last == Errno.ESRCH);

    /// <summary>Null when there is no such process.</summary>
    public static ProcessIdentity? Of(int processId) => ProcessStat.Of(processId)?.Identity;

    /// <summary>Sends a signal to this very process; false when it is gone.</summary>
    /// <exception cref="IOException">The signal is not allowed (EPERM), or no descriptor is left to look at it.</exception>
    public bool TrySignal(int signal)
    {
        // The descriptor first: what it names cannot change between the comparison and the signal.
        using SafeFileHandle pidfd = Libc.PidfdOpen(ProcessId);
        if (pidfd.IsInvalid)
        {
            // EINVAL: the number is that of a thread by now.
            return Errno.Last is Errno.ESRCH or Errno.EINVAL
                ? false
                : throw OsError.LastToException($"cannot open process {ProcessId}");
        }

        if (ProcessStat.Of(ProcessId) is not { } stat)
        {
            // It may be another of the same number by now, which is not to be signalled.
            return IsGone
                ? false
                : throw new IOException($"cannot look at process {ProcessId}: /proc/{ProcessId}/stat cannot be read");
        }

        if (stat.IsZombie || stat.Identity != this)
        {
            return false;
        }

        if (Libc.PidfdSendSignal(pidfd, signal) == 0)
        {
            return true;
        }

        return Errno.Last == Errno.ESRCH
            ? false
            : throw OsError.LastToException($"cannot send {Signal.NameOf(signal)} to process {ProcessId}");
    }
}
