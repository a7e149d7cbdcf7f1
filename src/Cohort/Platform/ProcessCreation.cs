using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Takes from this process, for good, the right to start others.</summary>
internal static unsafe class ProcessCreation
{
    // Where struct seccomp_data has the number of the call, and the low half of its first argument.
    private const uint NumberOffset = 0;
    private const uint FirstArgumentOffset = 16;

    /// <summary>
    /// From now on, fork and its like fail in every thread; new threads still start. Whoever kills its descendants before it
    /// dies needs this: what another thread started after the last look would be left.
    /// </summary>
    /// <returns>False where the system does not let a process filter its own calls.</returns>
    public static bool TryForbid()
    {
        const uint Denied = Libc.SECCOMP_RET_ERRNO | Errno.EAGAIN;

        // The flags of clone3 lie in memory, where a filter cannot look; without it, the C library uses clone.
        const uint Unknown = Libc.SECCOMP_RET_ERRNO | Errno.ENOSYS;
        ReadOnlySpan<SockFilter> program =
        [
            new(Libc.BPF_LD_W_ABS, NumberOffset),
            new(Libc.BPF_JEQ_K, (uint)Syscalls.SYS_clone3, jt: 6),
            new(Libc.BPF_JEQ_K, (uint)Syscalls.SYS_fork, jt: 6),
            new(Libc.BPF_JEQ_K, (uint)Syscalls.SYS_vfork, jt: 5),
            new(Libc.BPF_JEQ_K, (uint)Syscalls.SYS_clone, jf: 2),
            new(Libc.BPF_LD_W_ABS, FirstArgumentOffset),
            new(Libc.BPF_JSET_K, Libc.CLONE_THREAD, jt: 0, jf: 2),
            new(Libc.BPF_RET_K, Libc.SECCOMP_RET_ALLOW),
            new(Libc.BPF_RET_K, Unknown),
            new(Libc.BPF_RET_K, Denied),
        ];
        fixed (SockFilter* filter = program)
        {
            SockFProg filterProgram = new() { Length = (ushort)program.Length, Filter = filter };
            return Libc.Prctl(Libc.PR_SET_NO_NEW_PRIVS, 1) == 0 && Libc.SeccompSetFilter(&filterProgram) == 0;
        }
    }
}
