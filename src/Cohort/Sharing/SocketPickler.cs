using System.Net.Sockets;
using Cohort.Serializing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

/// <summary>
/// Carries a socket: listening, connected or neither. Both processes have the same socket of the kernel from then on, so that
/// shutting it down, and whether it blocks, concerns both; closing does not.
/// </summary>
internal sealed class SocketPickler : IPickler<Socket>
{
    public void Write(PickleWriter writer, Socket value)
    {
        if (value.SafeHandle.IsClosed)
        {
            throw new PickleException("Socket is closed: there is nothing to send");
        }

        HandleTicket.Write(writer, null, value.SafeHandle);
    }

    public Socket Read(PickleReader reader) => Take(reader);

    /// <summary>The socket of a ticket.</summary>
    /// <inheritdoc cref="HandleTicket.Take"/>
    public static Socket Take(PickleReader reader)
    {
        SafeFileHandle handle = HandleTicket.Take(reader, 1)[0];
        SafeSocketHandle socket = new(HandlePicklers.Release(handle), ownsHandle: true);
        try
        {
            return new Socket(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
