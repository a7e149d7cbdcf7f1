using System.Text;

namespace Cohort.Subprocesses;

/// <summary>How a command is run. All have defaults; a record, so that <c>with</c> makes variants.</summary>
public sealed partial record SubprocessOptions
{
    /// <summary>The default of <see cref="DrainTimeout"/>: one second.</summary>
    public static readonly TimeSpan DefaultDrainTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The default of <see cref="TerminateGrace"/>: two seconds.</summary>
    public static readonly TimeSpan DefaultTerminateGrace = TimeSpan.FromSeconds(2);

    /// <summary>The default of <see cref="BufferSize"/>: 64 KiB, what a pipe holds.</summary>
    public const int DefaultBufferSize = 64 * 1024;

    /// <summary>UTF-8 that puts U+FFFD in the place of what is none, and writes no byte order mark.</summary>
    internal static readonly Encoding DefaultEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    internal static readonly SubprocessOptions Default = new();

    /// <summary>Where standard input comes from.</summary>
    /// <value>The default is <see cref="Redirect.Inherit"/>.</value>
    public Redirect StandardInput { get; init; } = Redirect.Inherit;

    /// <summary>Where standard output goes.</summary>
    /// <value>The default is <see cref="Redirect.Inherit"/>.</value>
    public Redirect StandardOutput { get; init; } = Redirect.Inherit;

    /// <summary>Where standard error goes.</summary>
    /// <value>The default is <see cref="Redirect.Inherit"/>.</value>
    public Redirect StandardError { get; init; } = Redirect.Inherit;

    /// <summary>Short for <see cref="Redirect.Pipe"/> as output and as error; neither may be set beside it.</summary>
    public bool CaptureOutput { get; init; }

    /// <summary>Whether a return code other than 0 is a <see cref="SubprocessFailedException"/> of the <c>Run</c> that saw it.</summary>
    public bool Check { get; init; }

    /// <summary>How text that goes in and out is encoded.</summary>
    /// <value>The default is UTF-8, which replaces what cannot be decoded.</value>
    public Encoding Encoding { get; init; } = DefaultEncoding;

    /// <summary>What becomes of line ends in captured text.</summary>
    /// <value>The default is <see cref="NewlineMode.Keep"/>.</value>
    public NewlineMode Newlines { get; init; }

    /// <summary>How many bytes are read from a pipe at once.</summary>
    /// <value>The default is 64 KiB.</value>
    public int BufferSize { get; init; } = DefaultBufferSize;

    /// <summary>
    /// How many bytes each pipe of the command can hold, that to the next in a <see cref="Pipeline"/> included; the kernel
    /// rounds up.
    /// </summary>
    /// <value>The default is null: the kernel's own, mostly 64 KiB, and 256 KiB to the next in a pipeline where that is allowed.</value>
    public int? PipeSize { get; init; }

    /// <summary>How many bytes of each stream are captured at most.</summary>
    /// <value>The default is null: no limit.</value>
    public int? CaptureLimit { get; init; }

    /// <summary>What happens when a stream goes beyond <see cref="CaptureLimit"/>.</summary>
    /// <value>The default is <see cref="CaptureOverflow.Throw"/>.</value>
    public CaptureOverflow CaptureOverflow { get; init; }

    /// <summary>
    /// How long, after the end of the command, its output is still read while other processes keep the pipe open: those that
    /// it left running in the background. What the command itself wrote is always read.
    /// </summary>
    /// <value>The default is 1 second. <see cref="Timeout.InfiniteTimeSpan"/> waits for the last writer, as Python does.</value>
    public TimeSpan DrainTimeout { get; init; } = DefaultDrainTimeout;

    /// <summary>
    /// How long the command may take to end by itself after SIGTERM, before SIGKILL follows: on a timeout, on cancellation and
    /// in <c>Dispose</c>. Zero sends SIGKILL at once. A command that leads a group has both sent to all of it. The grace is the
    /// leader's: when it ends, the rest of the group gets SIGKILL at that moment, so a leader that wants others to end
    /// gently waits for them.
    /// </summary>
    /// <value>The default is 2 seconds.</value>
    public TimeSpan TerminateGrace { get; init; } = DefaultTerminateGrace;

    /// <summary>The directory that the command runs in.</summary>
    /// <value>The default is null: this process's.</value>
    public string? WorkingDirectory { get; init; }

    /// <summary>Variables that the command gets beside or instead of inherited ones; null as a value removes one.</summary>
    /// <value>The default is null: no change.</value>
    public IReadOnlyDictionary<string, string?>? Environment { get; init; }

    /// <summary>Whether the command gets this process's environment, changed by <see cref="Environment"/>, or that alone.</summary>
    /// <value>The default is true.</value>
    public bool InheritEnvironment { get; init; } = true;

    /// <summary>The program that is run, when it is not the command's first word, which stays its name (argv[0]).</summary>
    /// <value>The default is null.</value>
    public string? Executable { get; init; }

    /// <inheritdoc cref="Redirect.NeedsAsync"/>
    internal bool NeedsAsync => StandardInput.NeedsAsync || StandardOutput.NeedsAsync || StandardError.NeedsAsync;

    /// <exception cref="ArgumentException">Options contradict each other or are out of range.</exception>
    internal SubprocessOptions Validated()
    {
        ArgumentNullException.ThrowIfNull(StandardInput);
        ArgumentNullException.ThrowIfNull(StandardOutput);
        ArgumentNullException.ThrowIfNull(StandardError);
        ArgumentNullException.ThrowIfNull(Encoding);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BufferSize);
        ThrowIfNotPositive(PipeSize, nameof(PipeSize));
        ThrowIfNotPositive(CaptureLimit, nameof(CaptureLimit));
        ThrowIfNotDuration(DrainTimeout, nameof(DrainTimeout));
        ThrowIfNotDuration(TerminateGrace, nameof(TerminateGrace));
        StandardInput.EnsureFitsInput(nameof(StandardInput));
        StandardOutput.EnsureFitsOutput(nameof(StandardOutput));
        StandardError.EnsureFitsOutput(nameof(StandardError));
        if (StandardOutput is StandardOutputRedirect)
        {
            throw new ArgumentException("Redirect.StandardOutput is for standard error only.", nameof(StandardOutput));
        }

        ValidateSettings();
        ValidateRights();
        if (!CaptureOutput)
        {
            return this;
        }

        return StandardOutput is InheritRedirect && StandardError is InheritRedirect
            ? this with { CaptureOutput = false, StandardOutput = Redirect.Pipe, StandardError = Redirect.Pipe }
            : throw new ArgumentException(
                "CaptureOutput is short for pipes as StandardOutput and StandardError: set it or them, not both.", nameof(CaptureOutput));
    }

    private static void ThrowIfNotPositive(int? value, string name)
    {
        if (value is int number)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number, name);
        }
    }

    private static void ThrowIfNotDuration(TimeSpan value, string name)
    {
        if (value != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, name);
        }
    }
}
