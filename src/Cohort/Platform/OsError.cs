using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Turns error numbers into exceptions; the number itself is the exception's <c>HResult</c>, as in the BCL.</summary>
internal static class OsError
{
    /// <summary>"what: the text of the error (ENAME)", with advice where the number asks for it.</summary>
    public static IOException ToException(int errno, string what) =>
        new($"{what}: {Errno.Describe(errno)}{AdviceFor(errno)}", errno);

    /// <summary>For the last import that failed on this thread.</summary>
    public static IOException LastToException(string what) => ToException(Errno.Last, what);

    public static string AdviceFor(int errno) => errno switch
    {
        Errno.EMFILE => ". This process holds as many descriptors as its limit allows (RLIMIT_NOFILE, `ulimit -n`)",
        Errno.ENFILE => ". The whole machine is out of descriptors (fs.file-max)",
        Errno.ENOMEM => ". Memory, address space or the number of mappings (vm.max_map_count) is used up",
        Errno.EAGAIN => ". The number of processes or threads is at its limit (RLIMIT_NPROC, pids.max)",
        Errno.ENOSYS => ". The kernel or a seccomp filter does not offer this system call; Cohort needs Linux 5.4",
        _ => "",
    };
}
