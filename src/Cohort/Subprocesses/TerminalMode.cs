using Cohort.Interop;

namespace Cohort.Subprocesses;

/// <summary>What a terminal does with what is typed.</summary>
public enum TerminalMode
{
    /// <summary>Programs get whole lines, which can be edited; keys make signals. How terminals start.</summary>
    Line,

    /// <summary>Programs get every key at once, without echo; keys still make signals (cbreak).</summary>
    Character,

    /// <summary>Bytes pass as they are in both directions, without echo, signals, or line ends that change.</summary>
    Raw,
}

/// <summary>What the modes are to the system.</summary>
internal static class TerminalModes
{
    /// <param name="normal">The settings for <see cref="TerminalMode.Line"/>.</param>
    /// <param name="mode">Which.</param>
    public static Termios Apply(Termios normal, TerminalMode mode)
    {
        Termios changed = normal;
        switch (mode)
        {
            case TerminalMode.Line:
                return normal;
            case TerminalMode.Character:
                changed.Local &= ~(Termios.ICANON | Termios.ECHO);
                break;
            case TerminalMode.Raw:
                changed.Input &= ~Termios.AllInputChanges;
                changed.Output &= ~Termios.OPOST;
                changed.Control = (changed.Control & ~Termios.PARENB) | Termios.CS8;
                changed.Local &= ~(Termios.ICANON | Termios.ECHO | Termios.ECHONL | Termios.ISIG | Termios.IEXTEN | Termios.NOFLSH | Termios.TOSTOP);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(mode), mode, "There is no such mode.");
        }

        // A read gives as soon as there is one byte.
        changed.Keys[Termios.VMIN] = 1;
        changed.Keys[Termios.VTIME] = 0;
        return changed;
    }

    public static TerminalMode Of(Termios settings) =>
        (settings.Local & Termios.ICANON) != 0 ? TerminalMode.Line
        : (settings.Local & Termios.ISIG) != 0 ? TerminalMode.Character
        : TerminalMode.Raw;
}
