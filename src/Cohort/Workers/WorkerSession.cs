using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

/// <summary>A worker's own view of itself while it does its job.</summary>
internal sealed class WorkerSession(ControlSocket control, WorkerStartMessage start, IReadOnlyList<SafeFileHandle> handles)
{
    /// <summary>The socket to the parent.</summary>
    public ControlSocket Control { get; } = control;

    public WorkerStartMessage Start { get; } = start;

    /// <summary>The descriptors that came with the job.</summary>
    public IReadOnlyList<SafeFileHandle> Handles { get; } = handles;
}
