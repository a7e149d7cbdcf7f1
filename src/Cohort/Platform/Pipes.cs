using System.Runtime.InteropServices;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Anonymous pipes of which this process keeps one end.</summary>
internal static unsafe class Pipes
{
    /// <summary>A pipe, both ends close-on-exec and blocking.</summary>
    /// <param name="size">Its capacity in bytes, which the kernel rounds up; null for the kernel's default.</param>
    /// <exception cref="IOException">No descriptor is left, or the size is more than this user may have.</exception>
    public static (SafeFileHandle Read, SafeFileHandle Write) Create(int? size)
    {
        int* ends = stackalloc int[2];
        if (Libc.Pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            throw OsError.LastToException("cannot make a pipe");
        }

        SafeFileHandle read = new(ends[0], ownsHandle: true);
        SafeFileHandle write = new(ends[1], ownsHandle: true);
        if (size is int bytes && Libc.Fcntl(write, Libc.F_SETPIPE_SZ, bytes) < 0)
        {
            IOException fault = OsError.LastToException($"cannot make a pipe of {bytes} bytes (see fs.pipe-max-size)");
            read.Dispose();
            write.Dispose();
            throw fault;
        }

        return (read, write);
    }

    /// <summary>Gives a pipe another capacity, if this user may have as much.</summary>
    public static void TryResize(SafeFileHandle pipe, int size) => Libc.Fcntl(pipe, Libc.F_SETPIPE_SZ, size);

    /// <summary>The capacity in bytes.</summary>
    public static int SizeOf(SafeFileHandle pipe) => Libc.Fcntl(pipe, Libc.F_GETPIPE_SZ);

    /// <summary>
    /// The same end of a pipe once more, as programs expect their streams: blocking. Null for what is no pipe, or blocks
    /// already. The flag belongs to what was opened and not to the descriptor, so that the pipe is opened anew.
    /// </summary>
    /// <exception cref="IOException">No descriptor is left.</exception>
    public static SafeFileHandle? TryOpenBlocking(SafeHandle end)
    {
        int flags = Libc.Fcntl(end, Libc.F_GETFL);
        if (flags < 0 || (flags & Libc.O_NONBLOCK) == 0 || Libc.Fcntl(end, Libc.F_GETPIPE_SZ) < 0)
        {
            return null;
        }

        SafeFileHandle opened = Libc.Open(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)end.DangerousGetHandle()}"),
            (flags & Libc.O_ACCMODE) | Libc.O_CLOEXEC);
        if (!opened.IsInvalid)
        {
            return opened;
        }

        IOException fault = OsError.LastToException("cannot hand a pipe to a command");
        opened.Dispose();
        throw fault;
    }

    /// <summary>Lets reads and writes of this end fail instead of waiting; the other end is not concerned.</summary>
    public static void SetNonBlocking(SafeFileHandle pipe)
    {
        int flags = Libc.Fcntl(pipe, Libc.F_GETFL);
        if (flags < 0 || Libc.Fcntl(pipe, Libc.F_SETFL, flags | Libc.O_NONBLOCK) < 0)
        {
            throw OsError.LastToException("cannot prepare a pipe");
        }
    }
}
