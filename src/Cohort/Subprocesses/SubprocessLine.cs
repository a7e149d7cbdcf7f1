namespace Cohort.Subprocesses;

/// <summary>A line that a command wrote.</summary>
/// <param name="Text">The line without its end.</param>
/// <param name="IsError">Whether it was written to standard error.</param>
public readonly record struct SubprocessLine(string Text, bool IsError)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
