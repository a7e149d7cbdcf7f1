using System.Diagnostics;
using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Utils;

namespace Cohort;

public sealed partial class Subprocess
{
    private static readonly int[] s_named =
    [
        Signal.SIGHUP, Signal.SIGINT, Signal.SIGQUIT, Signal.SIGTERM, Signal.SIGCHLD, Signal.SIGCONT, Signal.SIGWINCH,
        Signal.SIGTTIN, Signal.SIGTTOU, Signal.SIGTSTP,
    ];

    private bool LeadsGroup => _options.LaunchGroup.IsOwn;

    /// <summary>Sends a signal to the command's process. Does nothing when it has ended.</summary>
    /// <param name="signal">The number, 1 to 64, as Linux has it: 2 is SIGINT.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such signal.</exception>
    /// <exception cref="IOException">It is not allowed (EPERM): the command runs as somebody else.</exception>
    public void SendSignal(int signal) => _child.Signal(Checked(signal));

    /// <inheritdoc cref="SendSignal(int)"/>
    /// <param name="signal">One of the names; numbers by cast are allowed as well.</param>
    public void SendSignal(PosixSignal signal) => SendSignal(NumberOf(signal));

    /// <summary>
    /// Sends a signal to every process of the command's group: to what it has started as well. Does nothing when the command
    /// has ended.
    /// </summary>
    /// <param name="signal">The number, 1 to 64.</param>
    /// <exception cref="InvalidOperationException">It leads no group: start it with <see cref="SubprocessOptions.ProcessGroup"/> 0 or a new session.</exception>
    /// <inheritdoc cref="SendSignal(int)" path="/exception"/>
    public void SendSignalToGroup(int signal) => _child.SignalGroup(Checked(signal));

    /// <inheritdoc cref="SendSignalToGroup(int)"/>
    /// <inheritdoc cref="SendSignal(PosixSignal)" path="/param"/>
    public void SendSignalToGroup(PosixSignal signal) => SendSignalToGroup(NumberOf(signal));

    /// <summary>Sends SIGTERM. Does nothing when it has ended.</summary>
    /// <exception cref="IOException">It is not allowed (EPERM).</exception>
    public void Terminate() => _child.Signal(Signal.SIGTERM);

    /// <summary>Sends SIGKILL, which no process survives. Does nothing when it has ended.</summary>
    /// <exception cref="IOException">It is not allowed (EPERM).</exception>
    public void Kill() => _child.Signal(Signal.SIGKILL);

    /// <summary>
    /// Ends the command if it runs and is not detached (SIGTERM, then SIGKILL after the grace; to its group if it leads one, of
    /// which nothing outlives the command), waits for that, and closes the streams. One that may not be sent signals (EPERM), such
    /// as sudo, is left running.
    /// </summary>
    public void Dispose()
    {
        if (!BeginDispose())
        {
            return;
        }

        if (_options.Detached)
        {
            _exchange?.Stop();
        }
        else
        {
            End(null);
        }

        _stopBackground?.Cancel();
        _background.Wait();

        // Somebody else may still take in the last output, but not wait for what others write.
        _exchange?.Hurry();
        _exchangeGate.Wait();
        FinishDispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        if (!BeginDispose())
        {
            return;
        }

        if (_options.Detached)
        {
            _exchange?.Stop();
        }
        else
        {
            await EndAsync(null).ConfigureAwait(false);
        }

        if (_stopBackground is not null)
        {
            await _stopBackground.CancelAsync().ConfigureAwait(false);
        }

        await _background.ConfigureAwait(false);
        _exchange?.Hurry();
        await _exchangeGate.WaitAsync().ConfigureAwait(false);
        FinishDispose();
    }

    private static int Checked(int signal)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(signal);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(signal, Signal.Max);
        return signal;
    }

    /// <summary>The framework numbers the signals that it names from -1 downwards.</summary>
    private static int NumberOf(PosixSignal signal) =>
        (int)signal < 0 && -(int)signal <= s_named.Length ? s_named[-(int)signal - 1] : (int)signal;

    private bool BeginDispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return false;
        }

        if (_exchange is null)
        {
            // A command that blocks at one of these goes on, and can end by itself.
            CloseStreams();
            _streams.InputEnd?.Dispose();
            _streams.OutputEnd?.Dispose();
            _streams.ErrorEnd?.Dispose();
        }

        return true;
    }

    private void FinishDispose()
    {
        _exchange?.Dispose();
        _output?.Clear();
        _error?.Clear();
        CloseStreams();
        _streams.Dispose();
        _stopBackground?.Dispose();
        _child.Dispose();

        // Never disposed, since others may be queued there: they are let through, and hear of the end.
        _exchangeGate.Release();
    }

    /// <summary>The ladder, with the pipes that a call has served so far.</summary>
    internal Task EndAsync() => EndAsync(_exchange);

    /// <summary>The ladder. Pipes that are served go on being served, so that the command can write its last words.</summary>
    private void End(Exchange? exchange)
    {
        exchange?.Hurry();
        if (!_child.HasExited && _options.TerminateGrace != TimeSpan.Zero)
        {
            BeginLadder();
            if (!TrySendToAll(Signal.SIGTERM) || WaitOrServe(exchange, Deadline.In(_options.TerminateGrace)))
            {
                return;
            }
        }

        if (TrySendToAll(Signal.SIGKILL))
        {
            WaitOrServe(exchange, Deadline.Never);
        }
    }

    /// <inheritdoc cref="End"/>
    private async Task EndAsync(Exchange? exchange)
    {
        exchange?.Hurry();
        if (!_child.HasExited && _options.TerminateGrace != TimeSpan.Zero)
        {
            BeginLadder();
            if (!TrySendToAll(Signal.SIGTERM) || await WaitOrServeAsync(exchange, Deadline.In(_options.TerminateGrace)).ConfigureAwait(false))
            {
                return;
            }
        }

        if (TrySendToAll(Signal.SIGKILL))
        {
            await WaitOrServeAsync(exchange, Deadline.Never).ConfigureAwait(false);
        }
    }

    /// <summary>A group goes with its leader: what is left of it then is killed.</summary>
    private void BeginLadder()
    {
        if (LeadsGroup)
        {
            _child.KillGroupOnExit = true;
        }
    }

    /// <summary>
    /// False when this user may not (EPERM: the command has become somebody else, as sudo does). It then ends when it likes, and
    /// is reaped without anybody waiting for it.
    /// </summary>
    private bool TrySendToAll(int signal)
    {
        if (_child.HasExited)
        {
            // Nothing of a group that outlived its leader is this call's business.
            return true;
        }

        try
        {
            SendToAll(signal);
            return true;
        }
        catch (IOException refused)
        {
            Trace.TraceWarning($"Cohort: {this} is left running: {refused.Message}");
            TryWatch();
            return false;
        }
    }

    private void TryWatch()
    {
        try
        {
            _child.Watch();
        }
        catch (IOException exception)
        {
            Trace.TraceError($"Cohort: the end of {this} will not be noticed: {exception.Message}");
        }
    }

    private void SendToAll(int signal)
    {
        if (LeadsGroup)
        {
            _child.SignalGroup(signal);
        }
        else
        {
            _child.Signal(signal);
        }
    }

    private bool WaitOrServe(Exchange? exchange, Deadline deadline)
    {
        if (exchange is not null)
        {
            return exchange.Run(deadline, endsAtFault: false);
        }

        while (!_child.Wait(deadline.RemainingMilliseconds))
        {
            if (deadline.HasPassed)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<bool> WaitOrServeAsync(Exchange? exchange, Deadline deadline)
    {
        if (exchange is not null)
        {
            return await exchange.RunAsync(deadline, CancellationToken.None, endsAtFault: false).ConfigureAwait(false);
        }

        _child.Watch();
        return await deadline.WaitAsync(_child.Exit).ConfigureAwait(false);
    }
}
