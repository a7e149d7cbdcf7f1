using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Tests.Pools;

/// <summary>Ways in which code can bring its process to an end.</summary>
public enum CrashManner
{
    Exit,
    FailFast,
    StackOverflow,
    SigKill,
    SigSegv,
    OutOfMemory,
}

/// <summary>How they are done, and how they look from outside.</summary>
internal static class CrashManners
{
    private delegate nint Fill(nint address, int value, nuint length);

    /// <summary>Does not return, but for memory that has run out, which throws.</summary>
    public static void Do(this CrashManner manner)
    {
        // The runtime describes such an end on standard error, at length.
        Cohort.Interop.Libc.Dup2((int)File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write).DangerousGetHandle(), 2);
        switch (manner)
        {
            case CrashManner.Exit:
                Environment.Exit(5);
                break;
            case CrashManner.FailFast:
                Environment.FailFast("on purpose");
                break;
            case CrashManner.StackOverflow:
                Deaths.Overflow(1);
                break;
            case CrashManner.SigKill:
                Deaths.KillSelf();
                break;
            case CrashManner.SigSegv:
                nint fill = NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "memset");
                Marshal.GetDelegateForFunctionPointer<Fill>(fill)(0, 1, 64);
                break;
            default:
                AppContext.SetData("GCHeapHardLimit", 200UL << 20);
                GC.RefreshMemoryLimit();
                List<byte[]> all = [];
                while (true)
                {
                    all.Add(new byte[16 << 20]);
                }
        }
    }

    /// <summary>Checks that a loss says how it came.</summary>
    public static void Check(this CrashManner manner, WorkerLostException loss)
    {
        (int? exitCode, int? signal) expected = manner switch
        {
            CrashManner.Exit => (5, null),
            CrashManner.SigKill => (-Signal.SIGKILL, Signal.SIGKILL),
            CrashManner.SigSegv => (-Signal.SIGSEGV, Signal.SIGSEGV),
            _ => (-Signal.SIGABRT, Signal.SIGABRT),
        };
        Assert.Equal(expected, (loss.ExitCode, loss.Signal));
    }
}
