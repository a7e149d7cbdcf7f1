using System.Net.Sockets;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>A connected socket. Nothing is read ahead, so that its descriptor tells a selector the truth.</summary>
internal sealed class SocketLine(Socket socket) : ByteLine
{
    public override SafeHandle Handle => socket.SafeHandle;

    public override Socket? Shareable => socket;

    public override async ValueTask<bool> WaitReadable(bool isAsync, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!isAsync)
        {
            return SocketCalls.Wait(Handle, Libc.POLLIN, deadline, cancellationToken);
        }

        while (!SocketCalls.Wait(Handle, Libc.POLLIN, default, default))
        {
            if (deadline.HasPassed)
            {
                return false;
            }

            using DeadlineToken limit = new(deadline, cancellationToken);
            try
            {
                // Only looks: there is no room for a byte.
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, limit.Token).ConfigureAwait(false);
                return true;
            }
            catch (OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
            catch (SocketException)
            {
                // The read will say what it is.
                return true;
            }
        }

        return true;
    }

    public override async ValueTask<int> Read(bool isAsync, Memory<byte> buffer)
    {
        if (isAsync)
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false);
        }

        int count;
        while ((count = SocketCalls.TryReceive(Handle, buffer.Span)) < 0)
        {
            SocketCalls.Wait(Handle, Libc.POLLIN, Deadline.Never, default);
        }

        return count;
    }

    public override ValueTask<bool> WaitWritable(bool isAsync, Deadline deadline, CancellationToken cancellationToken) =>
        SocketCalls.WaitWritable(isAsync, Handle, deadline, cancellationToken);

    public override async ValueTask Write(bool isAsync, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = isAsync
                ? await socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)
                : SocketCalls.TrySend(Handle, bytes.Span);
            if (count < 0)
            {
                SocketCalls.Wait(Handle, Libc.POLLOUT, Deadline.Never, default);
            }
            else
            {
                bytes = bytes[count..];
            }
        }
    }

    public override void Dispose() => SocketCalls.Close(socket);
}
