using Cohort.Subprocesses;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about commands: our side.</summary>
internal static class SubprocessWorkloads
{
    public const int Runs = 300;
    public const string TrueProgram = "/bin/true";
    public const string EchoProgram = "/bin/echo";
    public const string Hello = "hello";
    public const int CatMebibytes = 64;
    private const int PipelineMebibytes = 256;

    public static readonly string PipelineBytes = (PipelineMebibytes << 20).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Microseconds of a run that does nothing.</summary>
    public static double RunTrue() => MicrosecondsPerRun(static () => Subprocess.Run([TrueProgram]));

    /// <summary>Microseconds of a run whose output is captured.</summary>
    public static double Capture() => MicrosecondsPerRun(static () => Subprocess.CheckOutput([EchoProgram, Hello]));

    /// <summary>The same without a thread that waits.</summary>
    public static double CaptureAwaited() => MicrosecondsPerRun(static () => CaptureAsync().GetAwaiter().GetResult());

    /// <summary>Bytes that a captured run allocates.</summary>
    public static double CaptureAllocation() => AllocationPerRun(static () => CaptureAsync().GetAwaiter().GetResult());

    /// <summary>MiB a second through a command and back into memory.</summary>
    public static double CommunicateCat()
    {
        byte[] data = new byte[CatMebibytes << 20];
        SubprocessOptions options = new() { StandardInput = Redirect.Bytes(data), StandardOutput = Redirect.Pipe };
        return CatMebibytes / Warm.Time(() => Subprocess.Run(["cat"], options)).TotalSeconds;
    }

    /// <summary>MiB a second from one command to another.</summary>
    public static double Pipeline()
    {
        Pipeline pipeline = new Command("head", "-c", PipelineBytes, "/dev/zero") | ["wc", "-c"];
        PipelineOptions options = new() { StandardOutput = Redirect.Pipe };
        return PipelineRate(() => pipeline.Run(options).CheckReturnCodes());
    }

    /// <summary>Mebibytes a second through a pipeline that moves <see cref="PipelineBytes"/>, whoever runs it.</summary>
    public static double PipelineRate(Action run) => PipelineMebibytes / Warm.Time(run).TotalSeconds;

    public static double MicrosecondsPerRun(Action run) =>
        Warm.Time(times => Repeat(times, run), Runs).TotalMicroseconds / Runs;

    public static double AllocationPerRun(Action run)
    {
        Warm.Up(run);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Repeat(Runs, run);
        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Runs;
    }

    public static void Repeat(int times, Action run)
    {
        for (int i = 0; i < times; i++)
        {
            run();
        }
    }

    private static async Task CaptureAsync() =>
        Expect(await Subprocess.CheckOutputAsync([EchoProgram, Hello]).ConfigureAwait(false));

    public static void Expect(string output)
    {
        if (output != Hello + "\n")
        {
            throw new InvalidOperationException($"echo wrote \"{output}\"");
        }
    }
}
