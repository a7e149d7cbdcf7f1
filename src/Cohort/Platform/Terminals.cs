using System.Runtime.InteropServices;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Terminals and pairs that stand for one. All calls take either side of a pair.</summary>
internal static unsafe class Terminals
{
    private const int LongestPath = 128;

    /// <summary>A new pair: the side that drives it, which does not block, and the path of the side that is a terminal.</summary>
    /// <exception cref="IOException">No descriptor or pair is left, or there is no /dev/ptmx.</exception>
    public static (SafeFileHandle Driver, string Path) Open()
    {
        SafeFileHandle driver = new(Libc.PosixOpenPt(Libc.O_RDWR | Libc.O_NOCTTY | Libc.O_CLOEXEC), ownsHandle: true);
        try
        {
            if (driver.IsInvalid || Libc.GrantPt(driver) != 0 || Libc.UnlockPt(driver) != 0)
            {
                throw OsError.LastToException("cannot make a pseudo-terminal");
            }

            byte* path = stackalloc byte[LongestPath];
            int errno = Libc.PtsName(driver, path, LongestPath);
            if (errno != 0)
            {
                throw OsError.ToException(errno, "cannot find the name of a pseudo-terminal");
            }

            Pipes.SetNonBlocking(driver);
            return (driver, Marshal.PtrToStringUTF8((nint)path)!);
        }
        catch
        {
            driver.Dispose();
            throw;
        }
    }

    /// <summary>The side that is a terminal; it does not become this process's.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenPath(string path)
    {
        SafeFileHandle terminal = Libc.Open(path, Libc.O_RDWR | Libc.O_NOCTTY | Libc.O_CLOEXEC);
        return terminal.IsInvalid ? throw OsError.LastToException($"cannot open the terminal '{path}'") : terminal;
    }

    public static bool IsTerminal(SafeHandle handle)
    {
        Termios attributes;
        return Libc.TcGetAttr(handle, &attributes) == 0;
    }

    /// <exception cref="IOException">It is no terminal, or the terminal is gone.</exception>
    public static Termios GetAttributes(SafeHandle terminal)
    {
        Termios attributes;
        return Libc.TcGetAttr(terminal, &attributes) == 0
            ? attributes
            : throw OsError.LastToException("cannot read the settings of a terminal");
    }

    /// <summary>At once; what was typed and not read stays.</summary>
    /// <inheritdoc cref="GetAttributes" path="/exception"/>
    public static void SetAttributes(SafeHandle terminal, Termios attributes)
    {
        while (Libc.TcSetAttr(terminal, Libc.TCSANOW, &attributes) != 0)
        {
            if (Errno.Last != Errno.EINTR)
            {
                throw OsError.LastToException("cannot change the settings of a terminal");
            }
        }
    }

    /// <summary>Whether this process may change the settings without being stopped (SIGTTOU): it runs in the foreground, or another terminal controls it.</summary>
    public static bool IsOursToSet(SafeHandle terminal)
    {
        int foreground = Libc.TcGetPGrp(terminal);
        return foreground < 0 || foreground == Libc.GetPGid(0);
    }

    /// <inheritdoc cref="GetAttributes" path="/exception"/>
    public static WinSize GetSize(SafeHandle terminal)
    {
        WinSize size;
        return Libc.IoCtl(terminal, Libc.TIOCGWINSZ, &size) == 0
            ? size
            : throw OsError.LastToException("cannot read the size of a terminal");
    }

    /// <summary>Who runs in the foreground of the terminal gets SIGWINCH if the size is another.</summary>
    /// <inheritdoc cref="GetAttributes" path="/exception"/>
    public static void SetSize(SafeHandle terminal, WinSize size)
    {
        if (Libc.IoCtl(terminal, Libc.TIOCSWINSZ, &size) != 0)
        {
            throw OsError.LastToException("cannot change the size of a terminal");
        }
    }
}
