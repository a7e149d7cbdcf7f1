using System.Diagnostics;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

internal sealed unsafe partial class ControlSocket
{
    /// <summary>Sends one message. Blocks while the peer has too much unread, until it reads or is gone.</summary>
    /// <param name="message">At least one byte: an empty message could not be told from the end of the connection.</param>
    /// <param name="handles">At most <see cref="MaxHandles"/>; they stay the caller's, the peer gets duplicates.</param>
    /// <param name="timeoutMilliseconds">-1 waits without end.</param>
    /// <exception cref="IOException">The peer has closed its end (EPIPE), or the message is too large (EMSGSIZE).</exception>
    /// <exception cref="TimeoutException">The peer did not read in time; nothing was sent.</exception>
    public void Send(
        ReadOnlySpan<byte> message, ReadOnlySpan<SafeFileHandle> handles = default, int timeoutMilliseconds = -1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(message.Length, nameof(message));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(handles.Length, MaxHandles, nameof(handles));
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        using HandleReferences references = new(handles);
        fixed (byte* bytes = message)
        {
            IoVec vector = new() { iov_base = bytes, iov_len = (nuint)message.Length };
            MsgHdr header = new() { msg_iov = &vector, msg_iovlen = 1 };
            byte* control = stackalloc byte[CMsgHdr.Space(MaxHandles * sizeof(int))];
            if (handles.Length > 0)
            {
                int dataLength = handles.Length * sizeof(int);
                new Span<byte>(control, CMsgHdr.Space(dataLength)).Clear();
                *(CMsgHdr*)control = new CMsgHdr
                {
                    cmsg_len = (nuint)CMsgHdr.Length(dataLength),
                    cmsg_level = Libc.SOL_SOCKET,
                    cmsg_type = Libc.SCM_RIGHTS,
                };
                references.CopyTo(new Span<int>(control + sizeof(CMsgHdr), handles.Length));
                header.msg_control = control;
                header.msg_controllen = (nuint)CMsgHdr.Space(dataLength);
            }

            SendWhole(&header, timeoutMilliseconds);
        }
    }

    private void SendWhole(MsgHdr* header, int timeoutMilliseconds)
    {
        long start = Stopwatch.GetTimestamp();
        int flags = Libc.MSG_NOSIGNAL | (timeoutMilliseconds >= 0 ? Libc.MSG_DONTWAIT : 0);
        while (Libc.SendMsg(Handle, header, flags) < 0)
        {
            int errno = Errno.Last;
            if (errno == Errno.EAGAIN && timeoutMilliseconds >= 0)
            {
                if (!WaitFor(Libc.POLLOUT, start, timeoutMilliseconds))
                {
                    throw new TimeoutException(
                        $"The peer of the control socket did not take a message within {timeoutMilliseconds} ms.");
                }
            }
            else if (errno != Errno.EINTR)
            {
                throw errno switch
                {
                    Errno.EMSGSIZE => OsError.ToException(
                        errno, $"a control message of {header->msg_iov->iov_len} bytes does not fit the socket's send buffer"),
                    Errno.EPIPE or Errno.ECONNRESET => OsError.ToException(errno, "the peer has closed the control socket"),
                    Errno.ETOOMANYREFS => OsError.ToException(
                        errno, "too many descriptors are under way in sockets, sent and not yet received (RLIMIT_NOFILE)"),
                    _ => OsError.ToException(errno, "cannot send on the control socket"),
                };
            }
        }
    }

    /// <summary>False when the time since <paramref name="start"/> is over.</summary>
    private bool WaitFor(short events, long start, int timeoutMilliseconds)
    {
        using HandleReferences reference = new([Handle]);
        PollFd poll = new() { fd = reference[0], events = events };
        while (true)
        {
            double left = timeoutMilliseconds - Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            int ready = Libc.Poll(&poll, 1, (int)Math.Ceiling(Math.Max(left, 0)));
            if (ready > 0)
            {
                return true;
            }

            if (ready == 0 && left <= 0)
            {
                return false;
            }

            if (ready < 0 && Errno.Last is not (Errno.EINTR or Errno.EAGAIN))
            {
                throw OsError.LastToException("cannot wait for the control socket");
            }
        }
    }
}
