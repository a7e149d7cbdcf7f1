namespace Cohort.Platform;

/// <summary>How a process ended.</summary>
internal enum ChildExitKind
{
    /// <summary>Somebody else took the status: the runtime as pid 1, or the kernel because SIGCHLD is ignored.</summary>
    Unknown,

    /// <summary>By itself, with an exit code.</summary>
    Exited,

    /// <summary>By a signal.</summary>
    Signaled,
}
