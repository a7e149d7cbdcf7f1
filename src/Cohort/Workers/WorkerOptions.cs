using Cohort.Workers;

namespace Cohort;

/// <summary>How a <see cref="WorkerProcess"/> is started. What is null takes the default that its property states.</summary>
public sealed record WorkerOptions
{
    /// <summary>The worker's name, for people and logs; it need not be unique.</summary>
    /// <value>The default is <c>Worker-N</c>, and <c>PARENT:N</c> for the child of a worker.</value>
    public string? Name { get; init; }

    /// <summary>Whether the worker is killed, rather than waited for, when this process ends.</summary>
    /// <value>The default is that of the current process; the main process is no daemon.</value>
    public bool? IsDaemon { get; init; }

    /// <summary>The secret by which processes of one family know each other.</summary>
    /// <value>The default is that of the current process: 32 random bytes of the main process.</value>
    public byte[]? AuthKey { get; init; }

    /// <summary>How the worker is started.</summary>
    /// <value>The default is <see cref="WorkerContext.Default"/>.</value>
    public WorkerContext? Context { get; init; }

    /// <summary>Environment variables to set, or to remove where the value is null, on top of this process's.</summary>
    /// <remarks>A worker with variables of its own is always a new process: those of a standby worker are fixed.</remarks>
    public IReadOnlyDictionary<string, string?>? EnvironmentVariables { get; init; }

    /// <summary>The worker's working directory.</summary>
    /// <value>The default is that of this process at the time of the start.</value>
    public string? WorkingDirectory { get; init; }

    /// <summary>What the worker may use, and where it runs.</summary>
    public WorkerLimits? Limits { get; init; }
}
