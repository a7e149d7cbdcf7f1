using System.Runtime.InteropServices;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>What can be done with any descriptor.</summary>
internal static partial class Descriptors
{
    /// <summary>Another descriptor of the same open file, close-on-exec.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="IOException">It is no open descriptor, or none is left.</exception>
    public static SafeFileHandle Duplicate(SafeHandle handle)
    {
        int copy = Libc.Fcntl(handle, Libc.F_DUPFD_CLOEXEC);
        return copy >= 0
            ? new SafeFileHandle(copy, ownsHandle: true)
            : throw OsError.LastToException("cannot duplicate a descriptor");
    }

    /// <summary>Keeps it from programs that this process comes to start.</summary>
    /// <exception cref="IOException">It is no open descriptor.</exception>
    public static void CloseOnExec(SafeHandle handle)
    {
        if (Libc.Fcntl(handle, Libc.F_SETFD, Libc.FD_CLOEXEC) != 0)
        {
            throw OsError.LastToException("cannot make a descriptor close-on-exec");
        }
    }

    /// <summary>Makes a number refer to what a handle does, whatever it was before, and closes the handle. Children inherit the number.</summary>
    /// <exception cref="IOException">It is no open descriptor.</exception>
    public static void Replace(SafeHandle handle, int number)
    {
        using (handle)
        {
            if (Libc.Dup2((int)handle.DangerousGetHandle(), number) < 0)
            {
                throw OsError.LastToException($"cannot replace descriptor {number}");
            }
        }
    }

    /// <inheritdoc cref="Duplicate"/>
    public static SafeFileHandle DuplicateNumber(int number)
    {
        int copy = Libc.Fcntl(number, Libc.F_DUPFD_CLOEXEC);
        return copy >= 0
            ? new SafeFileHandle(copy, ownsHandle: true)
            : throw OsError.LastToException($"cannot duplicate descriptor {number}");
    }

    /// <summary>Blocks until a descriptor is ready or the time is over; a signal can end a limited wait early.</summary>
    /// <param name="events">POLLIN, POLLOUT; the end and faults count always.</param>
    /// <param name="milliseconds">-1 for no limit.</param>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="IOException">It is no open descriptor.</exception>
    public static unsafe bool WaitFor(SafeHandle handle, short events, int milliseconds)
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        try
        {
            PollFd poll = new() { fd = (int)handle.DangerousGetHandle(), events = events };
            return Poll(new Span<PollFd>(ref poll), milliseconds) > 0;
        }
        finally
        {
            handle.DangerousRelease();
        }
    }

    /// <summary>The system call, with faults as exceptions. The caller holds the descriptors open.</summary>
    /// <param name="milliseconds">-1 for no limit.</param>
    /// <returns>How many are ready; 0 when the time is over or a signal came.</returns>
    public static unsafe int Poll(Span<PollFd> descriptors, int milliseconds)
    {
        fixed (PollFd* first = descriptors)
        {
            while (true)
            {
                int ready = Libc.Poll(first, (nuint)descriptors.Length, milliseconds);
                if (ready >= 0)
                {
                    return ready;
                }

                if (Errno.Last is not (Errno.EINTR or Errno.EAGAIN))
                {
                    throw OsError.LastToException("cannot wait for descriptors");
                }

                if (milliseconds >= 0)
                {
                    return 0;
                }
            }
        }
    }

    /// <summary>Whether there is something to read or to accept, or the end. Does not wait.</summary>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    /// <exception cref="IOException">It is no open descriptor.</exception>
    public static unsafe bool IsReadable(SafeHandle handle)
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        try
        {
            PollFd poll = new() { fd = (int)handle.DangerousGetHandle(), events = Libc.POLLIN };
            while (Libc.Poll(&poll, 1, 0) < 0)
            {
                if (Errno.Last is not (Errno.EINTR or Errno.EAGAIN))
                {
                    throw OsError.LastToException("cannot look at a descriptor");
                }
            }

            return poll.fd < 0 || (poll.revents & Libc.POLLNVAL) != 0
                ? throw OsError.ToException(Errno.EBADF, $"cannot wait for descriptor {poll.fd}")
                : poll.revents != 0;
        }
        finally
        {
            handle.DangerousRelease();
        }
    }
}
