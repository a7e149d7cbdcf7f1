using System.Net.Sockets;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Utils;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Messaging;

// Overview
//
// Blocking calls on a socket for which Socket's own do not do:
//
//   - Socket's have no cancellation, and a timeout only for the whole call, after which nobody knows how much was taken or
//     sent. Here a thread waits in poll, which takes and sends nothing, and then calls without waiting.
//   - After one asynchronous call Socket makes its descriptor non-blocking for good, and its blocking calls from then on sleep
//     until the thread that serves all sockets wakes them: a switch of threads more for each message.
//
// Socket.Dispose shuts the connection down for as long as someone here holds its handle, which ends poll.

/// <summary>Blocking calls on a socket's descriptor, however the descriptor is set.</summary>
internal static unsafe partial class SocketCalls
{
    /// <summary>How long a cancellation may go unnoticed where nothing tells of it.</summary>
    private const int SliceMilliseconds = 50;

    /// <summary>Blocks until one of the events, or a fault, is there; false when the deadline passed first.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled first.</exception>
    public static bool Wait(SafeHandle socket, short events, Deadline deadline, CancellationToken cancellationToken)
    {
        bool added = false;
        try
        {
            socket.DangerousAddRef(ref added);
            PollFd* descriptors = stackalloc PollFd[2];
            descriptors[0] = new PollFd { fd = (int)socket.DangerousGetHandle(), events = events };
            if (!cancellationToken.CanBeCanceled)
            {
                return Poll(descriptors, 1, deadline);
            }

            if (Poll(descriptors, 1, default))
            {
                return true;
            }

            if (deadline.HasPassed)
            {
                return false;
            }

            using CancellationPipe? cancellation = CancellationPipe.TryCreate(cancellationToken);
            if (cancellation is null)
            {
                return PollInSlices(descriptors, deadline, cancellationToken);
            }

            descriptors[1] = new PollFd { fd = cancellation.Descriptor, events = Libc.POLLIN };
            if (!Poll(descriptors, 2, deadline))
            {
                return false;
            }

            if (descriptors[0].revents == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            return true;
        }
        finally
        {
            if (added)
            {
                socket.DangerousRelease();
            }
        }
    }

    /// <summary>Takes what is there, without waiting.</summary>
    /// <returns>How many bytes; -1 when there is nothing yet.</returns>
    /// <exception cref="IOException">With the error's number as its <c>HResult</c>.</exception>
    public static int TryReceive(SafeHandle socket, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            IoVec vector = new() { iov_base = start, iov_len = (nuint)buffer.Length };
            MsgHdr message = new() { msg_iov = &vector, msg_iovlen = 1 };
            nint count;
            do
            {
                count = Libc.RecvMsg(socket, &message, Libc.MSG_DONTWAIT);
            }
            while (count < 0 && Errno.Last == Errno.EINTR);

            return Checked(count);
        }
    }

    /// <summary>Sends what there is room for, without waiting.</summary>
    /// <returns>How many bytes; -1 when there is no room.</returns>
    /// <exception cref="IOException">With the error's number as its <c>HResult</c>.</exception>
    public static int TrySend(SafeHandle socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            IoVec vector = new() { iov_base = start, iov_len = (nuint)bytes.Length };
            MsgHdr message = new() { msg_iov = &vector, msg_iovlen = 1 };
            nint count;
            do
            {
                count = Libc.SendMsg(socket, &message, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
            }
            while (count < 0 && Errno.Last == Errno.EINTR);

            return Checked(count);
        }
    }

    /// <summary>Closes a connected socket, whoever waits at it. Idempotent.</summary>
    /// <remarks>
    /// Socket.Dispose resets a connection at which something asynchronous waits, so that what was sent and is still on its way
    /// is lost, and it leaves the socket set to that for other processes that have it. Another descriptor makes its close not
    /// the last, and takes that back.
    /// </remarks>
    public static void Close(Socket socket)
    {
        SafeFileHandle copy;
        try
        {
            copy = Descriptors.Duplicate(socket.SafeHandle);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // No descriptor is left, or it is closed already.
            socket.Dispose();
            return;
        }

        socket.Dispose();
        try
        {
            using Socket last = new(new SafeSocketHandle(HandlePicklers.Release(copy), ownsHandle: true));
            last.LingerState = new LingerOption(false, 0);
        }
        catch (SocketException)
        {
            // The peer has reset it.
        }
    }

    private static int Checked(nint count) =>
        count >= 0 ? (int)count
        : Errno.Last == Errno.EAGAIN ? -1
        : throw OsError.LastToException("the socket failed");

    /// <summary>Without a descriptor that tells of a cancellation: a lack of them must not be taken for a fault of the connection.</summary>
    private static bool PollInSlices(PollFd* descriptor, Deadline deadline, CancellationToken cancellationToken)
    {
        while (true)
        {
            int remaining = deadline.RemainingMilliseconds;
            int slice = remaining < 0 ? SliceMilliseconds : Math.Min(remaining, SliceMilliseconds);
            if (Poll(descriptor, 1, Deadline.InMilliseconds(slice)))
            {
                return true;
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (deadline.HasPassed)
            {
                return false;
            }
        }
    }

    private static bool Poll(PollFd* descriptors, int count, Deadline deadline)
    {
        while (true)
        {
            int ready = Libc.Poll(descriptors, (nuint)count, deadline.RemainingMilliseconds);
            if (ready > 0)
            {
                return true;
            }

            if (ready < 0 && Errno.Last is not (Errno.EINTR or Errno.EAGAIN))
            {
                throw OsError.LastToException("cannot wait for a socket");
            }

            if (ready == 0 && deadline.HasPassed)
            {
                return false;
            }
        }
    }
}
