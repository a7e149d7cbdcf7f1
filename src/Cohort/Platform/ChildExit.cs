namespace Cohort.Platform;

/// <summary>The end of a process.</summary>
/// <param name="Kind">How it ended.</param>
/// <param name="Value">The exit code or the signal.</param>
/// <param name="CoreDumped">Whether the signal left a core dump.</param>
/// <param name="Usage">What the process and its own waited-for children used; null when unknown.</param>
internal readonly record struct ChildExit(ChildExitKind Kind, int Value, bool CoreDumped, ResourceUsage? Usage)
{
    public static ChildExit Unknown => default;

    /// <summary>0 to 255, or -N after signal N; null when nobody knows.</summary>
    public int? ExitCode => Kind switch
    {
        ChildExitKind.Exited => Value,
        ChildExitKind.Signaled => -Value,
        _ => null,
    };

    public override string ToString() => Kind switch
    {
        ChildExitKind.Exited => $"exit code {Value}",
        ChildExitKind.Signaled => $"{Signal.NameOf(Value)}{(CoreDumped ? ", core dumped" : "")}",
        _ => "unknown exit status",
    };
}
