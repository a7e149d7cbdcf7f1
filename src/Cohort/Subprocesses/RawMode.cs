using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>
/// Sets this program's own terminal, or another, to a mode, and back on <c>Dispose</c>, at the latest when the program ends by itself
/// or by SIGTERM, SIGHUP or SIGQUIT.
/// </summary>
/// <remarks>
/// Other signals leave the terminal as it is. Where the program handles one of those three (<see cref="PosixSignalRegistration"/>)
/// and goes on, the terminal may have been set back. A program that runs in the background is stopped by the kernel when it changes its
/// terminal (SIGTTOU), so a signal that ends it there sets nothing back. <see cref="Console"/> has modes of its own when it reads from a terminal: read a
/// <see cref="FileStream"/> on descriptor 0 meanwhile.
/// </remarks>
public sealed class RawMode : IDisposable
{
    private readonly SafeHandle _terminal;
    private readonly Termios _before;
    private readonly PosixSignalRegistration[] _signals;
    private bool _isDisposed;

    private static readonly PosixSignal[] s_ends = [PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    private RawMode(SafeHandle terminal, TerminalMode mode)
    {
        _terminal = Descriptors.Duplicate(terminal);
        try
        {
            _before = Terminals.GetAttributes(_terminal);
            Terminals.SetAttributes(_terminal, TerminalModes.Apply(_before, mode));
        }
        catch
        {
            _terminal.Dispose();
            throw;
        }

        _signals = Array.ConvertAll(s_ends, signal => PosixSignalRegistration.Create(signal, RestoreBeforeTheEnd));
        AtExit.Add(Dispose);
    }

    /// <summary>Whether a handle, or this program's standard input, is a terminal.</summary>
    /// <param name="handle">What to look at; null for standard input.</param>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public static bool IsTerminal(SafeHandle? handle = null) => Terminals.IsTerminal(handle ?? StandardInput());

    /// <summary>Changes the mode until the guard is disposed.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="terminal">A terminal, which stays the caller's; null for standard input.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mode.</exception>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="IOException">It is no terminal (ENOTTY); <c>HResult</c> is the error number.</exception>
    public static RawMode Enter(TerminalMode mode = TerminalMode.Raw, SafeHandle? terminal = null) =>
        new(terminal ?? StandardInput(), mode);

    /// <summary>Gives the terminal back the settings that it had. One that is gone needs none.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        AtExit.Remove(Dispose);
        Array.ForEach(_signals, static signal => signal.Dispose());
        Restore();
        _terminal.Dispose();
    }

    private void RestoreBeforeTheEnd(PosixSignalContext context)
    {
        try
        {
            if (!context.Cancel && Terminals.IsOursToSet(_terminal))
            {
                Restore();
            }
        }
        catch (ObjectDisposedException)
        {
            // It was disposed meanwhile.
        }
    }

    private void Restore()
    {
        try
        {
            Terminals.SetAttributes(_terminal, _before);
        }
        catch (IOException)
        {
            // Hung up: there is nothing to set back.
        }
    }

    private static SafeFileHandle StandardInput() => new(0, ownsHandle: false);
}
