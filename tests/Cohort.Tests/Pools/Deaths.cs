using Cohort.Platform;

namespace Cohort.Tests.Pools;

/// <summary>Ways in which a worker comes to its end.</summary>
internal static class Deaths
{
    public static void Kill(int processId) => Cohort.Interop.Libc.Kill(processId, Signal.SIGKILL);

    public static int Throw() => throw new FormatException("as it was told");

    public static int KillSelf()
    {
        Kill(Environment.ProcessId);
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    /// <summary>With large frames, because the runtime walks and prints all of them.</summary>
    public static int Overflow(int depth)
    {
        Span<byte> large = stackalloc byte[64 * 1024];
        large[depth % large.Length] = 1;
        return Overflow(depth + 1) + large[depth % 7];
    }
}
