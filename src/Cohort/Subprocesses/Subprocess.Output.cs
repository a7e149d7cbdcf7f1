using System.Text;
using Cohort.Subprocesses;

namespace Cohort;

public sealed partial class Subprocess
{
    /// <summary>Runs a command to its end, which has to be return code 0, and gives what it wrote to standard output.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="options">How; null for the defaults. Standard output is captured, so that must not be redirected.</param>
    /// <param name="timeout">How long it may take; null for no limit.</param>
    /// <exception cref="SubprocessFailedException">The return code is not 0; has the output.</exception>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static string CheckOutput(IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null) =>
        Run(command, WithOutput(options), timeout).CheckReturnCode().Output;

    /// <inheritdoc cref="CheckOutput"/>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<string> CheckOutputAsync(
        IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await RunAsync(command, WithOutput(options), timeout, cancellationToken).ConfigureAwait(false)).CheckReturnCode().Output;

    /// <inheritdoc cref="CheckOutput"/>
    public static ReadOnlyMemory<byte> CheckOutputBytes(IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null) =>
        Run(command, WithOutput(options), timeout).CheckReturnCode().OutputBytes;

    /// <inheritdoc cref="CheckOutputAsync"/>
    public static async Task<ReadOnlyMemory<byte>> CheckOutputBytesAsync(
        IReadOnlyList<string> command, SubprocessOptions? options = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await RunAsync(command, WithOutput(options), timeout, cancellationToken).ConfigureAwait(false)).CheckReturnCode().OutputBytes;

    /// <summary>Has a shell run a script, and gives what it wrote to standard output and error, without one last line end.</summary>
    /// <param name="script">What the shell reads.</param>
    /// <param name="timeout">How long it may take; null for no limit.</param>
    /// <param name="encoding">How the output is encoded; null for the default of <see cref="SubprocessOptions.Encoding"/>.</param>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static string GetOutput(string script, TimeSpan? timeout = null, Encoding? encoding = null) =>
        GetStatusOutput(script, timeout, encoding).Output;

    /// <inheritdoc cref="GetOutput"/>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<string> GetOutputAsync(
        string script, TimeSpan? timeout = null, Encoding? encoding = null, CancellationToken cancellationToken = default) =>
        (await GetStatusOutputAsync(script, timeout, encoding, cancellationToken).ConfigureAwait(false)).Output;

    /// <summary>As <see cref="GetOutput"/>, with the return code.</summary>
    /// <inheritdoc cref="GetOutput" path="/param"/>
    /// <inheritdoc cref="Run" path="/exception"/>
    public static (int ReturnCode, string Output) GetStatusOutput(string script, TimeSpan? timeout = null, Encoding? encoding = null) =>
        StatusAndOutput(Run(Shell(script), Merged(encoding), timeout));

    /// <inheritdoc cref="GetStatusOutput"/>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<(int ReturnCode, string Output)> GetStatusOutputAsync(
        string script, TimeSpan? timeout = null, Encoding? encoding = null, CancellationToken cancellationToken = default) =>
        StatusAndOutput(await RunAsync(Shell(script), Merged(encoding), timeout, cancellationToken).ConfigureAwait(false));

    private static readonly SubprocessOptions s_merged = new()
    {
        StandardOutput = Redirect.Pipe,
        StandardError = Redirect.StandardOutput,
        Newlines = NewlineMode.Normalize,
    };

    private static SubprocessOptions Merged(Encoding? encoding) => encoding is null ? s_merged : s_merged with { Encoding = encoding };

    private static SubprocessOptions WithOutput(SubprocessOptions? options)
    {
        options ??= SubprocessOptions.Default;
        return options.StandardOutput is InheritRedirect && !options.CaptureOutput
            ? options with { StandardOutput = Redirect.Pipe }
            : throw new ArgumentException(
                "CheckOutput captures standard output itself: leave StandardOutput and CaptureOutput alone, or use Run.", nameof(options));
    }

    private static (int ReturnCode, string Output) StatusAndOutput(CompletedSubprocess result) =>
        (result.ReturnCode, result.Output.EndsWith('\n') ? result.Output[..^1] : result.Output);
}
