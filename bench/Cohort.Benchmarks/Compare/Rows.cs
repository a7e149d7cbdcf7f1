using Cohort.Benchmarks.Workloads;

namespace Cohort.Benchmarks.Compare;

/// <summary>All rows. <c>bench/README.md</c> says what each of them measures.</summary>
internal static class Rows
{
    public static IReadOnlyList<Row> All { get; } =
    [
        new("pool_map_chunk1", "tasks/s", Better.Higher, PeerKind.CPython, Bar.Ratio(30), PoolWorkloads.MapChunk1),
        new("pool_apply_async", "tasks/s", Better.Higher, PeerKind.CPython, Bar.Ratio(30), PoolWorkloads.ApplyAsync),
        new("pool_imap_unordered", "tasks/s", Better.Higher, PeerKind.CPython, Bar.Ratio(30), PoolWorkloads.UnorderedStream),
        new("pool_map_auto", "items/s", Better.Higher, PeerKind.CPython, Bar.Ratio(40), PoolWorkloads.MapAuto),
        new("pool_apply_rtt", "us", Better.Lower, PeerKind.CPython, Bar.Ratio(0.05), PoolWorkloads.ApplyRoundTrip),
        new("pool_fairness_8_maps", "%", Better.Lower, PeerKind.None, Bar.Figure(20), FairnessWorkloads.WidestSpread),
        new("pool_map_big_arrays", "MiB/s", Better.Higher, PeerKind.CPython, Bar.Ratio(15), PoolWorkloads.MapBigArrays),
        new("pool_start_to_first_result", "ms", Better.Lower, PeerKind.CPython, Bar.Ratio(1), PoolWorkloads.StartToFirstResultWarm),
        new("pool_start_to_first_result_cold", "ms", Better.Lower, PeerKind.None, Bar.Figure(70), PoolWorkloads.StartToFirstResultCold),
        new("pool_recycle_100", "x", Better.Higher, PeerKind.CPython, Bar.Figure(0.9), PoolLifeWorkloads.RecycleRatio),
        new("pool_death_detection", "ms", Better.Lower, PeerKind.None, Bar.Figure(5), PoolLifeWorkloads.DeathDetection),
        new("pool_timeout_replacement", "ms", Better.Lower, PeerKind.None, Bar.Figure(20), PoolLifeWorkloads.TimeoutReplacement),
        new("process_start_join_spawn", "ms", Better.Lower, PeerKind.CPython, Bar.Ratio(0.75), ProcessWorkloads.StartAndJoinCold),
        new("process_start_join_fork", "ms", Better.Lower, PeerKind.CPython, Bar.Ratio(1), ProcessWorkloads.StartAndJoinWarm),
        new("process_start_to_first_message_warm", "ms", Better.Lower, PeerKind.None, Bar.Figure(0.3), ProcessWorkloads.StartToFirstMessageWarm),
        new("compute_map", "tasks/s", Better.Higher, PeerKind.ParallelFor, null, ScalingWorkloads.ComputeInPool)
        {
            MeasurePeer = ScalingWorkloads.ComputeInThreads,
        },
        new("compute_map_scaling", "x", Better.Higher, PeerKind.ParallelFor, null, ScalingWorkloads.ComputeScaling)
        {
            MeasurePeer = ScalingWorkloads.ComputeScalingOfThreads,
        },
        new("allocating_map", "tasks/s", Better.Higher, PeerKind.ParallelFor, null, ScalingWorkloads.AllocateInPool)
        {
            MeasurePeer = ScalingWorkloads.AllocateInThreads,
        },
        new("lock_uncontended", "ns", Better.Lower, PeerKind.CPython, Bar.Ratio(0.4), SynchronizingWorkloads.LockUncontended),
        new("lock_contended_increment", "ops/s", Better.Higher, PeerKind.CPython, Bar.Ratio(5), SynchronizingWorkloads.ContendedIncrement),
        new("semaphore_ping_pong", "us", Better.Lower, PeerKind.CPython, Bar.Ratio(0.5), SynchronizingWorkloads.SemaphorePingPong),
        new("queue_1p1c_int", "msg/s", Better.Higher, PeerKind.CPython, Bar.Ratio(30), QueueWorkloads.OneToOne),
        new("simple_queue_1p1c_int", "msg/s", Better.Higher, PeerKind.CPython, Bar.Ratio(30), QueueWorkloads.SimpleOneToOne),
        new("queue_2p2c_int", "msg/s", Better.Higher, PeerKind.CPython, Bar.Ratio(15), QueueWorkloads.TwoToTwo),
        new("pipe_rtt_int", "us", Better.Lower, PeerKind.CPython, Bar.Ratio(0.2), MessagingWorkloads.RoundTrip),
        new("pipe_echo_1mib", "MiB/s", Better.Higher, PeerKind.CPython, Bar.Ratio(2.5), MessagingWorkloads.EchoMebibyte),
        new("pipe_rtt_int_named_pipes", "us", Better.Lower, PeerKind.NamedPipes, null, MessagingWorkloads.RawRoundTrip)
        {
            MeasurePeer = NamedPipeWorkloads.RoundTrip,
        },
        new("pipe_echo_1mib_named_pipes", "MiB/s", Better.Higher, PeerKind.NamedPipes, null, MessagingWorkloads.RawEchoMebibyte)
        {
            MeasurePeer = NamedPipeWorkloads.EchoMebibyte,
        },
        new("pipe_rtt_int_netmq", "us", Better.Lower, PeerKind.NetMq, null, MessagingWorkloads.RawRoundTrip)
        {
            MeasurePeer = NetMqWorkloads.RoundTrip,
        },
        new("pipe_echo_1mib_netmq", "MiB/s", Better.Higher, PeerKind.NetMq, null, MessagingWorkloads.RawEchoMebibyte)
        {
            MeasurePeer = NetMqWorkloads.EchoMebibyte,
        },
        new("pipe_rtt_int_streamjsonrpc", "us", Better.Lower, PeerKind.StreamJsonRpc, null, MessagingWorkloads.AwaitedRoundTrip)
        {
            MeasurePeer = JsonRpcWorkloads.RoundTrip,
        },
        new("shared_memory_create_open_unlink", "us", Better.Lower, PeerKind.CPython, Bar.Ratio(0.6), SynchronizingWorkloads.CreateOpenUnlink),
        new("lock_uncontended_mutex", "ns", Better.Lower, PeerKind.NamedMutex, null, SynchronizingWorkloads.LockUncontendedByHandle)
        {
            MeasurePeer = SynchronizingWorkloads.NamedMutexUncontended,
        },
        new("lock_contended_mutex", "ops/s", Better.Higher, PeerKind.NamedMutex, null, SynchronizingWorkloads.ContendedIncrement)
        {
            MeasurePeer = SynchronizingWorkloads.NamedMutexContended,
        },
        new("idle_worker_cpu", "ms/s", Better.Lower, PeerKind.None, null, IdleWorkloads.CpuOfIdleWorkers),
        new("idle_connection_cpu", "ms/s", Better.Lower, PeerKind.None, null, IdleWorkloads.CpuOfIdleWaits),
        new("idle_worker_memory", "MiB", Better.Lower, PeerKind.None, null, IdleWorkloads.MemoryOfIdleWorker),
        .. SubprocessRows.All,
        .. CodecWorkloads.Rows,
    ];
}
