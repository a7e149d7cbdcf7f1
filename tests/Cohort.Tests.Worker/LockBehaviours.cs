using Cohort.Interop;
using Cohort.Synchronizing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Worker;

/// <summary>Processes that use locks where something is refused to them.</summary>
internal static class LockBehaviours
{
    private const int Unexpected = 70;

    public static Dictionary<string, Func<string[], int>> All { get; } = new(StringComparer.Ordinal)
    {
        ["try-named-lock"] = static args => TryNamedLock(args[0]),
        ["lock-without-descriptors"] = static args => LockWithoutDescriptors(args[0]),
        ["wait-without-waitv"] = static args => WaitWithoutWaitV(args[0] == nameof(Errno.EPERM) ? Errno.EPERM : Errno.ENOSYS),
    };

    private static int TryNamedLock(string name)
    {
        try
        {
            using InterprocessLock gate = InterprocessLock.OpenOrCreate(name);
            using LockHandle? handle = gate.TryAcquire();
            Console.Out.WriteLine(handle is null ? "held" : "taken");
            return Unexpected;
        }
        catch (IOException fault)
        {
            Console.Out.WriteLine($"{fault.GetType().Name}: {fault.Message}");
            return 0;
        }
    }

    /// <summary>A lock that another process holds, without and with a wait, and one of its own.</summary>
    private static int LockWithoutDescriptors(string name)
    {
        using InterprocessLock gate = InterprocessLock.Open(name);
        using InterprocessLock own = new();

        // Once with descriptors, so that what the runtime has to load is loaded.
        string first = TryTake(gate, TimeSpan.Zero);
        Stack<SafeFileHandle> fillers = new();
        SafeFileHandle filler = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        while (!filler.IsInvalid)
        {
            fillers.Push(filler);
            filler = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
        }

        string[] results = [TryTake(gate, TimeSpan.Zero), TryTake(gate, TimeSpan.FromMilliseconds(200)), TryTake(own, TimeSpan.Zero)];
        while (fillers.TryPop(out SafeFileHandle? left))
        {
            left.Dispose();
        }

        Console.Out.WriteLine(string.Join(' ', results));
        return first == "held" ? 0 : Unexpected;
    }

    private static string TryTake(InterprocessLock gate, TimeSpan timeout)
    {
        using LockHandle? handle = gate.TryAcquire(timeout);
        return handle is null ? "held" : handle.Abandoned ? "stolen" : "free";
    }

    private static unsafe int WaitWithoutWaitV(int refusal)
    {
        ReadOnlySpan<SockFilter> program =
        [
            new(Libc.BPF_LD_W_ABS, 0),
            new(Libc.BPF_JEQ_K, (uint)Syscalls.SYS_futex_waitv, jf: 1),
            new(Libc.BPF_RET_K, Libc.SECCOMP_RET_ERRNO | (uint)refusal),
            new(Libc.BPF_RET_K, Libc.SECCOMP_RET_ALLOW),
        ];
        fixed (SockFilter* filter = program)
        {
            SockFProg filterProgram = new() { Length = (ushort)program.Length, Filter = filter };
            if (Libc.Prctl(Libc.PR_SET_NO_NEW_PRIVS, 1) != 0 || Libc.SeccompSetFilter(&filterProgram) != 0)
            {
                return Unexpected;
            }
        }

        using InterprocessLock gate = new();
        LockHandle held = gate.Acquire();
        Task<LockHandle> next = gate.AcquireAsync().AsTask();
        held.Dispose();
        return next.Wait(TimeSpan.FromSeconds(30)) ? 0 : Unexpected;
    }
}
