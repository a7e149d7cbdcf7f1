using System.Diagnostics;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

internal sealed unsafe partial class ControlSocket
{
    /// <summary>Receives one message.</summary>
    /// <param name="buffer">Must take the whole message.</param>
    /// <param name="handles">Gets the descriptors that came along, close-on-exec and the caller's to dispose.</param>
    /// <param name="timeoutMilliseconds">-1 waits without end.</param>
    /// <returns>The length; 0 when the peer has closed its end.</returns>
    /// <exception cref="InvalidDataException">
    /// The message was longer than the buffer, or its descriptors did not fit, were not asked for, or had no room in this
    /// process. The message is lost and its descriptors are closed.
    /// </exception>
    /// <exception cref="TimeoutException">No message came in time.</exception>
    public int Receive(Span<byte> buffer, List<SafeFileHandle>? handles = null, int timeoutMilliseconds = -1)
    {
        ArgumentOutOfRangeException.ThrowIfZero(buffer.Length, nameof(buffer));
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        int controlLength = CMsgHdr.Space(MaxHandles * sizeof(int));
        byte* control = stackalloc byte[controlLength];
        fixed (byte* bytes = buffer)
        {
            IoVec vector = new() { iov_base = bytes, iov_len = (nuint)buffer.Length };
            MsgHdr header = new()
            {
                msg_iov = &vector,
                msg_iovlen = 1,
                msg_control = control,
                msg_controllen = (nuint)controlLength,
            };
            int length = ReceiveWhole(&header, timeoutMilliseconds);
            List<SafeFileHandle> received = TakeHandles(&header);
            string? fault = (header.msg_flags & Libc.MSG_TRUNC) != 0
                ? $"A control message was longer than the {buffer.Length} bytes that there was room for."
                : (header.msg_flags & Libc.MSG_CTRUNC) != 0
                    ? $"A control message carried more than {MaxHandles} descriptors, or more than this process may still open."
                    : received.Count > 0 && handles is null
                        ? "A control message carried descriptors where none were expected."
                        : null;
            if (fault is not null)
            {
                received.ForEach(static handle => handle.Dispose());
                throw new InvalidDataException(fault);
            }

            handles?.AddRange(received);
            return length;
        }
    }

    /// <summary>
    /// Blocks until the peer has closed its end or the time is over. What it sent and nobody received stays where it is.
    /// </summary>
    /// <returns>Whether the peer has closed its end.</returns>
    public bool WaitForHangUp(int timeoutMilliseconds)
    {
        // No event is asked for: POLLHUP and errors come unasked.
        return WaitFor(0, Stopwatch.GetTimestamp(), timeoutMilliseconds);
    }

    private int ReceiveWhole(MsgHdr* header, int timeoutMilliseconds)
    {
        long start = Stopwatch.GetTimestamp();
        int flags = Libc.MSG_CMSG_CLOEXEC | (timeoutMilliseconds >= 0 ? Libc.MSG_DONTWAIT : 0);
        while (true)
        {
            nint length = Libc.RecvMsg(Handle, header, flags);
            if (length >= 0)
            {
                return (int)length;
            }

            switch (Errno.Last)
            {
                case Errno.EINTR:
                    break;
                case Errno.ECONNRESET:
                    // The peer closed with messages of ours unread. For us that is its end like any other.
                    return 0;
                case Errno.EAGAIN when timeoutMilliseconds >= 0:
                    if (!WaitFor(Libc.POLLIN, start, timeoutMilliseconds))
                    {
                        throw new TimeoutException($"No control message came within {timeoutMilliseconds} ms.");
                    }

                    break;
                default:
                    throw OsError.LastToException("cannot receive on the control socket");
            }
        }
    }

    private static List<SafeFileHandle> TakeHandles(MsgHdr* header)
    {
        List<SafeFileHandle> handles = [];
        byte* position = (byte*)header->msg_control;
        byte* end = position + header->msg_controllen;
        while (end - position >= sizeof(CMsgHdr))
        {
            CMsgHdr* message = (CMsgHdr*)position;
            long dataLength = (long)message->cmsg_len - sizeof(CMsgHdr);
            if (dataLength < 0 || dataLength > end - position - sizeof(CMsgHdr))
            {
                break;
            }

            if (message->cmsg_level == Libc.SOL_SOCKET && message->cmsg_type == Libc.SCM_RIGHTS)
            {
                foreach (int descriptor in new ReadOnlySpan<int>(position + sizeof(CMsgHdr), (int)dataLength / sizeof(int)))
                {
                    handles.Add(new SafeFileHandle(descriptor, ownsHandle: true));
                }
            }

            position += CMsgHdr.Space((int)dataLength);
        }

        return handles;
    }
}
