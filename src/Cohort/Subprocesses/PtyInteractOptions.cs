using System.Runtime.InteropServices;

namespace Cohort.Subprocesses;

/// <summary>How a user is connected to a pseudo-terminal.</summary>
public sealed record PtyInteractOptions
{
    internal static readonly PtyInteractOptions Default = new();

    /// <summary>Where the user types. If it is a terminal, it is raw meanwhile.</summary>
    /// <value>The default is null: standard input.</value>
    public SafeHandle? Input { get; init; }

    /// <summary>Where the user looks. If it is a terminal, the pseudo-terminal gets its size, and follows it.</summary>
    /// <value>The default is null: standard output.</value>
    public SafeHandle? Output { get; init; }

    /// <summary>The key that, pressed together with Control, ends the connection: ']' for ^].</summary>
    /// <value>The default is null: nothing ends it but the end of the program.</value>
    public char? EscapeKey { get; init; }

    /// <summary>What is made of what is typed before it is handed on.</summary>
    /// <value>The default is null: nothing.</value>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? InputFilter { get; init; }

    /// <summary>What is made of what programs show before it is handed on.</summary>
    /// <value>The default is null: nothing.</value>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>? OutputFilter { get; init; }
}

/// <summary>Why an interaction ended.</summary>
public enum PtyInteractEnd
{
    /// <summary>No program has the terminal open any more.</summary>
    Ended,

    /// <summary>The user pressed the escape key.</summary>
    Escaped,
}
