using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>struct termios of glibc and musl on Linux, the same on x86-64 and arm64.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Termios
{
    public const uint BRKINT = 0x2;
    public const uint ICRNL = 0x100;
    public const uint INPCK = 0x10;
    public const uint ISTRIP = 0x20;
    public const uint IXON = 0x400;
    public const uint IUTF8 = 0x4000;

    /// <summary>IGNBRK, BRKINT, IGNPAR, PARMRK, INPCK, ISTRIP, INLCR, IGNCR, ICRNL, IXON, IXANY, IXOFF: all that changes input.</summary>
    public const uint AllInputChanges = 0x1 | BRKINT | 0x4 | 0x8 | INPCK | ISTRIP | 0x40 | 0x80 | ICRNL | IXON | 0x800 | 0x1000;

    public const uint OPOST = 0x1;
    public const uint CS8 = 0x30;
    public const uint PARENB = 0x100;
    public const uint ISIG = 0x1;
    public const uint ICANON = 0x2;
    public const uint ECHO = 0x8;
    public const uint ECHONL = 0x40;
    public const uint NOFLSH = 0x80;
    public const uint TOSTOP = 0x100;
    public const uint IEXTEN = 0x8000;

    public const int VINTR = 0;
    public const int VQUIT = 1;
    public const int VEOF = 4;
    public const int VTIME = 5;
    public const int VMIN = 6;
    public const int VSUSP = 10;

    public uint Input;
    public uint Output;
    public uint Control;
    public uint Local;
    public byte Line;
    public Characters Keys;
    public uint InputSpeed;
    public uint OutputSpeed;

    [InlineArray(32)]
    public struct Characters
    {
        private byte _first;
    }
}
