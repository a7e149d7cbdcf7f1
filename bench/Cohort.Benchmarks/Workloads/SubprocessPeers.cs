using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;
using Shell = Medallion.Shell.Shell;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The same commands by the framework, CliWrap and MedallionShell, each as its documentation does it.</summary>
internal static class SubprocessPeers
{
    public static double TrueByProcess() => SubprocessWorkloads.MicrosecondsPerRun(static () =>
    {
        using Process process = Process.Start(SubprocessWorkloads.TrueProgram);
        process.WaitForExit();
    });

    public static double TrueByCliWrap() => SubprocessWorkloads.MicrosecondsPerRun(
        static () => Cli.Wrap(SubprocessWorkloads.TrueProgram).ExecuteAsync().GetAwaiter().GetResult());

    public static double TrueByMedallionShell() => SubprocessWorkloads.MicrosecondsPerRun(
        static () => Medallion.Shell.Command.Run(SubprocessWorkloads.TrueProgram).Wait());

    public static double CaptureByProcess() => SubprocessWorkloads.MicrosecondsPerRun(static () =>
    {
        ProcessStartInfo start = new(SubprocessWorkloads.EchoProgram, [SubprocessWorkloads.Hello]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        SubprocessWorkloads.Expect(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
    });

    public static double CaptureByCliWrap() => SubprocessWorkloads.MicrosecondsPerRun(CliWrapCapture);

    public static double CaptureByMedallionShell() => SubprocessWorkloads.MicrosecondsPerRun(
        static () => SubprocessWorkloads.Expect(
            Shell.Default.Run(SubprocessWorkloads.EchoProgram, SubprocessWorkloads.Hello).Result.StandardOutput));

    public static double AllocationByCliWrap() => SubprocessWorkloads.AllocationPerRun(CliWrapCapture);

    public static double PipelineByCliWrap() => SubprocessWorkloads.PipelineRate(static () =>
    {
        CliWrap.Command pipeline = Cli.Wrap("head").WithArguments(["-c", SubprocessWorkloads.PipelineBytes, "/dev/zero"])
            | Cli.Wrap("wc").WithArguments("-c");
        pipeline.ExecuteBufferedAsync().GetAwaiter().GetResult();
    });

    public static double PipelineByMedallionShell() => SubprocessWorkloads.PipelineRate(static () => Medallion.Shell.Command
        .Run("head", "-c", SubprocessWorkloads.PipelineBytes, "/dev/zero").PipeTo(Medallion.Shell.Command.Run("wc", "-c")).Wait());

    private static void CliWrapCapture() => SubprocessWorkloads.Expect(Cli.Wrap(SubprocessWorkloads.EchoProgram)
        .WithArguments(SubprocessWorkloads.Hello).ExecuteBufferedAsync().GetAwaiter().GetResult().StandardOutput);
}
