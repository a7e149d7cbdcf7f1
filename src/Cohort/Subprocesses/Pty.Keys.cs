using Cohort.Interop;
using Cohort.Platform;
using Cohort.Utils;

namespace Cohort.Subprocesses;

public sealed partial class Pty
{
    /// <summary>How often the terminal is asked whether it echoes: the kernel tells nobody of a change.</summary>
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Types a key together with Control.</summary>
    /// <param name="key">A letter, or one of <c>@[\]^_?</c>: 'c' is ^C, which sends SIGINT to the foreground unless a program set it otherwise.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such key.</exception>
    /// <exception cref="IOException">No program has the terminal open any more (EIO).</exception>
    /// <exception cref="ObjectDisposedException">The terminal is disposed.</exception>
    public void SendControl(char key) => _stream.Write([ControlKey.ByteOf(key)]);

    /// <inheritdoc cref="SendControl"/>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask SendControlAsync(char key, CancellationToken cancellationToken = default) =>
        _stream.WriteAsync(new[] { ControlKey.ByteOf(key) }, cancellationToken);

    /// <summary>
    /// Types the key for the end, ^D. At the start of a line, programs that read lines see the end; within one, they see what is
    /// typed so far.
    /// </summary>
    /// <inheritdoc cref="SendControl" path="/exception"/>
    public void SendEndOfFile() => _stream.Write([EndKey]);

    /// <inheritdoc cref="SendEndOfFile"/>
    /// <param name="cancellationToken">Ends the wait for room.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask SendEndOfFileAsync(CancellationToken cancellationToken = default) => _stream.WriteAsync(new[] { EndKey }, cancellationToken);

    /// <summary>Waits until what is typed is not shown, as programs that ask for a password have it.</summary>
    /// <param name="timeout">How long; null for as long as it takes.</param>
    /// <exception cref="TimeoutException">It is shown still.</exception>
    /// <exception cref="IOException">No program has the terminal open any more (EIO).</exception>
    /// <exception cref="ObjectDisposedException">The terminal is disposed.</exception>
    public void WaitForEchoOff(TimeSpan? timeout = null)
    {
        Deadline deadline = Deadline.In(timeout ?? Timeout.InfiniteTimeSpan);
        for (int milliseconds = 1; Echo; milliseconds++)
        {
            ThrowIfPassed(deadline);
            _stream.ThrowIfHungUp("wait for a prompt on");
            _stream.Pause(PauseOf(milliseconds));
        }
    }

    /// <inheritdoc cref="WaitForEchoOff"/>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task WaitForEchoOffAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        Deadline deadline = Deadline.In(timeout ?? Timeout.InfiniteTimeSpan);
        for (int milliseconds = 1; Echo; milliseconds++)
        {
            ThrowIfPassed(deadline);
            _stream.ThrowIfHungUp("wait for a prompt on");
            await Task.Delay(PauseOf(milliseconds), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The key for the end that programs have set, ^D mostly.</summary>
    internal byte EndKey => Terminals.GetAttributes(Driver).Keys[Termios.VEOF];

    private static TimeSpan PauseOf(int milliseconds) =>
        milliseconds < s_longestPause.Milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : s_longestPause;

    private static void ThrowIfPassed(Deadline deadline)
    {
        if (deadline.HasPassed)
        {
            throw new TimeoutException("The terminal still echoes what is typed: no program asks for a password.");
        }
    }
}
