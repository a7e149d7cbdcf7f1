namespace Cohort.Subprocesses;

/// <summary>How a pseudo-terminal starts.</summary>
public sealed record PtyOptions
{
    internal static readonly PtyOptions Default = new();

    /// <summary>How much it shows.</summary>
    /// <value>The default is 80 × 24.</value>
    public TerminalSize Size { get; init; } = TerminalSize.Default;

    /// <summary>What it does with what is typed.</summary>
    /// <value>The default is <see cref="TerminalMode.Line"/>.</value>
    public TerminalMode Mode { get; init; }

    /// <summary>Whether what is typed is shown, in <see cref="TerminalMode.Line"/>.</summary>
    /// <value>The default is true.</value>
    public bool Echo { get; init; } = true;
}
