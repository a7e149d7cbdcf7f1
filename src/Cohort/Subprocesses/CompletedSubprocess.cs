using System.Text;
using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>A command that has ended.</summary>
public sealed class CompletedSubprocess
{
    private readonly SubprocessOptions _options;
    private string? _output;
    private string? _errorOutput;

    internal CompletedSubprocess(IReadOnlyList<string> arguments, int processId, ChildExit exit, SubprocessOptions options)
    {
        Arguments = arguments;
        ProcessId = processId;
        ReturnCode = exit.ExitCode ?? Subprocess.UnknownReturnCode;
        IsStatusKnown = exit.Kind != ChildExitKind.Unknown;
        Usage = exit.Usage is { } usage ? new SubprocessUsage(usage) : null;
        _options = options;
    }

    /// <summary>The command, its name first.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>The process id that it had.</summary>
    public int ProcessId { get; }

    /// <summary>The code that it ended with, or −N when signal N ended it; 255 when that is not known.</summary>
    public int ReturnCode { get; }

    /// <summary>
    /// Whether the return code is the command's own. It is lost when this process ignores SIGCHLD, or when another part of it
    /// waits for all children.
    /// </summary>
    public bool IsStatusKnown { get; }

    /// <summary>The name of the signal that ended it, such as SIGKILL; null when none did.</summary>
    public string? SignalName => ReturnCode < 0 ? Signal.NameOf(-ReturnCode) : null;

    /// <summary>What was captured of standard output, as text; empty when it was no pipe.</summary>
    public string Output => _output ??= ToText(OutputBytes);

    /// <summary>What was captured of standard error, as text; empty when it was no pipe.</summary>
    public string ErrorOutput => _errorOutput ??= ToText(ErrorBytes);

    /// <summary>What was captured of standard output.</summary>
    public ReadOnlyMemory<byte> OutputBytes { get; internal init; }

    /// <summary>What was captured of standard error.</summary>
    public ReadOnlyMemory<byte> ErrorBytes { get; internal init; }

    /// <summary>
    /// Whether the output was read to its end. False when another process, which the command had left running, still kept
    /// the pipe open after <see cref="SubprocessOptions.DrainTimeout"/>.
    /// </summary>
    public bool IsOutputComplete { get; internal init; } = true;

    /// <summary>Whether <see cref="SubprocessOptions.CaptureLimit"/> took effect.</summary>
    public bool IsOutputTruncated { get; internal init; }

    /// <summary>From the start to the moment when its end was seen and its output read.</summary>
    public TimeSpan Duration { get; internal init; }

    /// <summary>What it used; null when its status is not known.</summary>
    public SubprocessUsage? Usage { get; }

    /// <summary>Throws unless the return code is 0.</summary>
    /// <returns>This.</returns>
    /// <exception cref="SubprocessFailedException">The return code is not 0.</exception>
    public CompletedSubprocess CheckReturnCode() => ReturnCode == 0 ? this : throw new SubprocessFailedException(this);

    /// <inheritdoc/>
    public override string ToString() => $"{CommandText.Describe(Arguments)}: {SignalName ?? $"return code {ReturnCode}"}";

    private string ToText(ReadOnlyMemory<byte> bytes)
    {
        string text = _options.Encoding.GetString(bytes.Span);
        return _options.Newlines == NewlineMode.Normalize && text.Contains('\r', StringComparison.Ordinal)
            ? new StringBuilder(text).Replace("\r\n", "\n").Replace('\r', '\n').ToString()
            : text;
    }
}
