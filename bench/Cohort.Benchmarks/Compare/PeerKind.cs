namespace Cohort.Benchmarks.Compare;

/// <summary>Who a row is compared with.</summary>
internal enum PeerKind
{
    /// <summary>Nobody: the figure stands for itself.</summary>
    None,

    /// <summary>The row of the same name in <c>bench/peers/cpython_bench.py</c>.</summary>
    CPython,

    /// <summary>Threads of this process, by <see cref="System.Threading.Tasks.Parallel"/>.</summary>
    ParallelFor,

    /// <summary>The framework's <see cref="System.Threading.Mutex"/> with a name, in the same processes.</summary>
    NamedMutex,

    /// <summary>The framework's named pipes, with raw bytes behind their length.</summary>
    NamedPipes,

    /// <summary>NetMQ's pair sockets.</summary>
    NetMq,

    /// <summary>StreamJsonRpc over a named pipe.</summary>
    StreamJsonRpc,

    /// <summary>Bare <c>posix_spawn</c> and <c>waitid</c>: what cannot be undercut.</summary>
    PosixSpawn,

    /// <summary>The framework's <see cref="System.Diagnostics.Process"/>.</summary>
    Process,

    /// <summary>CliWrap.</summary>
    CliWrap,

    /// <summary>MedallionShell.</summary>
    MedallionShell,

    /// <summary>The prototype of the payload codec, where it can be had.</summary>
    CodecPrototype,
}
