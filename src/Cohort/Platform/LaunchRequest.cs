namespace Cohort.Platform;

/// <summary>What to start and what the child gets.</summary>
internal sealed record LaunchRequest
{
    /// <summary>
    /// The executable. With a '/' it is a path, a relative one seen from the child's working directory; without, it is
    /// searched in the PATH of the child's environment.
    /// </summary>
    public required string FileName { get; init; }

    /// <summary>All of argv, the program's own name at 0 included.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The whole environment; null takes this process's, as <see cref="System.Environment"/> sees it.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Null keeps that of this process.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Descriptors of the child beside 0, 1 and 2, which it inherits where they are not named here.</summary>
    public IReadOnlyList<LaunchDescriptor> Descriptors { get; init; } = [];

    /// <summary>Closes in the child whatever is neither below 3 nor named in <see cref="Descriptors"/>.</summary>
    public bool CloseOtherDescriptors { get; init; } = true;

    public LaunchGroup Group { get; init; }

    /// <summary>A terminal that becomes the child's own, which has to lead a new session; null for none.</summary>
    public string? ControllingTerminal { get; init; }

    /// <summary>Starts the child with every signal at its default and none blocked (the runtime ignores SIGPIPE).</summary>
    public bool ResetSignals { get; init; } = true;

    /// <summary>
    /// Signals that are blocked in the child, signal 1 in the lowest bit; null for none when <see cref="ResetSignals"/>, and
    /// else for what the starting thread blocks.
    /// </summary>
    public ulong? BlockedSignals { get; init; }

    /// <summary>
    /// Whether the starting thread is the caller's, which spares the way to another thread. Not for children that ask for a
    /// signal at their parent's death: the kernel means the thread that started them.
    /// </summary>
    public bool StartsOnCallingThread { get; init; }

    /// <summary>What the child inherits from its own starting thread; null for what this process has.</summary>
    public LaunchSettings? Settings { get; init; }

    /// <summary>Soft and hard limits by the number of the resource (RLIMIT_…), set before the program runs.</summary>
    public IReadOnlyDictionary<int, (ulong Soft, ulong Hard)>? Limits { get; init; }

    /// <summary>Whether a thread that starts this child alone lives as long as the child.</summary>
    public bool KeepsLaunchThread { get; init; }

    /// <summary>Whether the child's end is seen though nobody waits; otherwise whoever starts it has to wait for it.</summary>
    public bool IsWatched { get; init; } = true;
}
