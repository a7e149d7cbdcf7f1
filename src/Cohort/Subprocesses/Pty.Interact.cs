using System.Runtime.InteropServices;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

public sealed partial class Pty
{
    /// <summary>
    /// Runs a command on a new pseudo-terminal with this program's own terminal connected to it, until it ends: what Python's
    /// <c>pty.spawn</c> does.
    /// </summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="interact">How the user is connected.</param>
    /// <returns>The return code, −N when signal N ended it.</returns>
    /// <inheritdoc cref="Start" path="/exception"/>
    /// <inheritdoc cref="Interact(PtyInteractOptions?, CancellationToken)" path="/exception"/>
    public static int Run(IReadOnlyList<string> command, SubprocessOptions? options = null, PtyInteractOptions? interact = null)
    {
        using Pty pty = Start(command, options, StartOf(interact));
        return pty.Interact(interact) == PtyInteractEnd.Escaped ? pty.Leave() : pty.Process.Wait();
    }

    /// <inheritdoc cref="Run"/>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> command,
        SubprocessOptions? options = null,
        PtyInteractOptions? interact = null,
        CancellationToken cancellationToken = default)
    {
        Pty pty = Start(command, options, StartOf(interact));
        await using (pty.ConfigureAwait(false))
        {
            PtyInteractEnd end = await pty.InteractAsync(interact, cancellationToken).ConfigureAwait(false);
            if (end == PtyInteractEnd.Ended)
            {
                return await pty.Process.WaitAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            }

            await pty.DisposeAsync().ConfigureAwait(false);
            return pty.Process.ReturnCode ?? Subprocess.UnknownReturnCode;
        }
    }

    /// <summary>
    /// Connects the user: what is typed at this program's terminal goes to the pseudo-terminal, and what programs show there is
    /// shown here. This program's terminal is raw meanwhile, so that keys such as ^C reach the command. At the end of the
    /// input, ^D is typed.
    /// </summary>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    /// <returns>Why it ended.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such escape key.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the terminal lives on.</exception>
    /// <exception cref="ObjectDisposedException">The terminal is disposed.</exception>
    /// <exception cref="IOException">The user's input or output fails.</exception>
    public PtyInteractEnd Interact(PtyInteractOptions? options = null, CancellationToken cancellationToken = default) =>
        Interact(options, default, cancellationToken);

    /// <inheritdoc cref="Interact(PtyInteractOptions?, CancellationToken)"/>
    /// <remarks>On a thread of its own: input that is no terminal or pipe cannot be waited for otherwise.</remarks>
    public Task<PtyInteractEnd> InteractAsync(PtyInteractOptions? options = null, CancellationToken cancellationToken = default) =>
        InteractAsync(options, default, cancellationToken);

    /// <param name="options">How.</param>
    /// <param name="shown">What is shown at first.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    internal Task<PtyInteractEnd> InteractAsync(PtyInteractOptions? options, ReadOnlyMemory<byte> shown, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () => Interact(options, shown, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private PtyInteractEnd Interact(PtyInteractOptions? options, ReadOnlyMemory<byte> shown, CancellationToken cancellationToken)
    {
        _stream.EnsureOpen();
        return new PtyInteraction(_stream, () => EndKey, options ?? PtyInteractOptions.Default).Run(shown, cancellationToken);
    }

    /// <summary>As the user's own terminal, so that the command sees the right size from the start.</summary>
    private static PtyOptions StartOf(PtyInteractOptions? interact)
    {
        SafeHandle output = interact?.Output ?? new SafeFileHandle(1, ownsHandle: false);
        return Terminals.IsTerminal(output) ? new PtyOptions { Size = TerminalSize.From(Terminals.GetSize(output)) } : PtyOptions.Default;
    }

    private int Leave()
    {
        Dispose();
        return Process.ReturnCode ?? Subprocess.UnknownReturnCode;
    }
}
