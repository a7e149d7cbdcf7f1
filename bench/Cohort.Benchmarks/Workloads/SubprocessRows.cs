using Cohort.Benchmarks.Compare;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about commands, with each peer in turn.</summary>
internal static class SubprocessRows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("subprocess_true", "us", Better.Lower, PeerKind.CPython, Bar.Ratio(1), SubprocessWorkloads.RunTrue),
        True("posix_spawn", PeerKind.PosixSpawn, 1.08, PosixSpawnFloor.RunTrue),
        True("process", PeerKind.Process, 1, SubprocessPeers.TrueByProcess),
        True("cliwrap", PeerKind.CliWrap, 1, SubprocessPeers.TrueByCliWrap),
        True("medallionshell", PeerKind.MedallionShell, 1, SubprocessPeers.TrueByMedallionShell),
        new("subprocess_capture", "us", Better.Lower, PeerKind.CPython, Bar.Ratio(0.8), SubprocessWorkloads.Capture),
        new("subprocess_capture_posix_spawn", "us", Better.Lower, PeerKind.PosixSpawn, null, SubprocessWorkloads.Capture)
        {
            MeasurePeer = PosixSpawnFloor.Capture,
        },
        new("subprocess_capture_floor", "us", Better.Lower, PeerKind.CPython, null, PosixSpawnFloor.Capture) { PeerName = "subprocess_capture" },
        new("subprocess_capture_floor_cliwrap", "us", Better.Lower, PeerKind.CliWrap, null, PosixSpawnFloor.Capture)
        {
            MeasurePeer = SubprocessPeers.CaptureByCliWrap,
        },
        Capture("process", PeerKind.Process, 1, SubprocessPeers.CaptureByProcess),
        Capture("cliwrap", PeerKind.CliWrap, 0.75, SubprocessPeers.CaptureByCliWrap),
        Capture("medallionshell", PeerKind.MedallionShell, 1, SubprocessPeers.CaptureByMedallionShell),
        new("subprocess_capture_awaited_cliwrap", "us", Better.Lower, PeerKind.CliWrap, null, SubprocessWorkloads.CaptureAwaited)
        {
            MeasurePeer = SubprocessPeers.CaptureByCliWrap,
        },
        new("subprocess_capture_allocation", "B", Better.Lower, PeerKind.CliWrap, Bar.Ratio(1), SubprocessWorkloads.CaptureAllocation)
        {
            MeasurePeer = SubprocessPeers.AllocationByCliWrap,
        },
        new("subprocess_communicate_cat", "MiB/s", Better.Higher, PeerKind.CPython, Bar.Ratio(2), SubprocessWorkloads.CommunicateCat),
        new("subprocess_pipeline", "MiB/s", Better.Higher, PeerKind.CPython, Bar.Ratio(1), SubprocessWorkloads.Pipeline),
        new("subprocess_pipeline_cliwrap", "MiB/s", Better.Higher, PeerKind.CliWrap, Bar.Ratio(3), SubprocessWorkloads.Pipeline)
        {
            MeasurePeer = SubprocessPeers.PipelineByCliWrap,
        },
        new("subprocess_pipeline_medallionshell", "MiB/s", Better.Higher, PeerKind.MedallionShell, null, SubprocessWorkloads.Pipeline)
        {
            MeasurePeer = SubprocessPeers.PipelineByMedallionShell,
        },
        new("subprocess_1000_sleeps", "ms", Better.Lower, PeerKind.Process, null, ManySubprocesses.Milliseconds)
        {
            MeasurePeer = ManySubprocesses.MillisecondsOfProcess,
        },
        new("subprocess_1000_sleeps_memory", "MiB", Better.Lower, PeerKind.None, null, ManySubprocesses.Memory) { IsMeasuredAlone = true },
        new("subprocess_1000_sleeps_threads", "threads", Better.Lower, PeerKind.None, null, ManySubprocesses.Threads) { IsMeasuredAlone = true },
    ];

    private static Row True(string peer, PeerKind kind, double bar, Func<double> measurePeer) =>
        new($"subprocess_true_{peer}", "us", Better.Lower, kind, Bar.Ratio(bar), SubprocessWorkloads.RunTrue) { MeasurePeer = measurePeer };

    private static Row Capture(string peer, PeerKind kind, double bar, Func<double> measurePeer) =>
        new($"subprocess_capture_{peer}", "us", Better.Lower, kind, Bar.Ratio(bar), SubprocessWorkloads.Capture) { MeasurePeer = measurePeer };
}
