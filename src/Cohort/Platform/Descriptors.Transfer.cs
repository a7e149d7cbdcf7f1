using System.Runtime.InteropServices;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Reading and writing in single steps.</summary>
internal static unsafe partial class Descriptors
{
    /// <summary>The most that one call moves; the kernel's own bound is 2 GiB less a page.</summary>
    private const int MaxTransfer = 1 << 30;

    /// <summary>Reads what is there; null, for one that does not block, when there is nothing yet, 0 at the end.</summary>
    /// <exception cref="IOException">The read failed.</exception>
    public static int? TryRead(SafeHandle descriptor, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                nint count = Libc.Read(descriptor, bytes, (nuint)Math.Min(buffer.Length, MaxTransfer));
                if (count >= 0)
                {
                    return (int)count;
                }

                switch (Errno.Last)
                {
                    case Errno.EINTR:
                        break;
                    case Errno.EAGAIN:
                        return null;
                    default:
                        throw OsError.LastToException("cannot read from a descriptor");
                }
            }
        }
    }

    /// <summary>Writes what fits; 0, for one that does not block, when nothing does; -1 when nobody is left to read.</summary>
    /// <exception cref="IOException">The write failed.</exception>
    public static int TryWrite(SafeHandle descriptor, ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
        {
            while (true)
            {
                nint count = Libc.Write(descriptor, bytes, (nuint)Math.Min(data.Length, MaxTransfer));
                if (count >= 0)
                {
                    return (int)count;
                }

                switch (Errno.Last)
                {
                    case Errno.EINTR:
                        break;
                    case Errno.EAGAIN:
                        return 0;
                    case Errno.EPIPE:
                        return -1;
                    default:
                        throw OsError.LastToException("cannot write to a descriptor");
                }
            }
        }
    }
}
