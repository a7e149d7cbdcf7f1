using System.Net;
using System.Net.Sockets;
using Cohort.Utils;

namespace Cohort.Messaging;

// Overview
//
// Of a Unix socket whose backlog is full, connect says so at once when it may not block, and nothing tells when there is room:
// so it is tried again after a while. (A thread that is blocked in it can be woken by nothing.) With TCP the system itself
// repeats, and whoever waits for it can stop that.

/// <summary>Connects a socket within a time.</summary>
internal static class Connecting
{
    private const int FirstPause = 1;
    private const int LongestPause = 20;

    /// <exception cref="IOException">Nobody listens there, or there is no way to it.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async ValueTask<Socket> Run(bool isAsync, EndPoint address, TimeSpan timeout, CancellationToken cancellationToken)
    {
        Deadline deadline = Deadline.In(timeout);
        using DeadlineToken limit = new(deadline, cancellationToken);
        try
        {
            return address switch
            {
                UnixDomainSocketEndPoint path => await ConnectUnix(isAsync, path, limit.Token).ConfigureAwait(false),
                DnsEndPoint name => await ConnectAny(isAsync, name, limit.Token).ConfigureAwait(false),
                _ => await ConnectTcp(isAsync, (IPEndPoint)address, limit.Token).ConfigureAwait(false),
            };
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"There was no connection to {address} within {timeout}.");
        }
        catch (SocketException cause)
        {
            throw SocketFaults.Describe(cause, $"Cannot connect to {address}");
        }
    }

    private static async ValueTask<Socket> ConnectUnix(bool isAsync, UnixDomainSocketEndPoint path, CancellationToken cancellationToken)
    {
        for (int pause = FirstPause; ; pause = Math.Min(2 * pause, LongestPause))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
            try
            {
                socket.Connect(path);
                return socket;
            }
            catch (SocketException fault)
            {
                socket.Dispose();
                if (fault.SocketErrorCode != SocketError.WouldBlock)
                {
                    throw;
                }
            }

            if (isAsync)
            {
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                cancellationToken.WaitHandle.WaitOne(pause);
            }
        }
    }

    private static async ValueTask<Socket> ConnectAny(bool isAsync, DnsEndPoint name, CancellationToken cancellationToken)
    {
        // The system's look-up cannot be ended, only left.
        Task<IPAddress[]> lookUp = Dns.GetHostAddressesAsync(name.Host, name.AddressFamily, cancellationToken).WaitAsync(cancellationToken);
        if (!isAsync)
        {
            lookUp.GetAwaiter().GetResult();
        }

        IPAddress[] addresses = await lookUp.ConfigureAwait(false);
        SocketException last = new((int)SocketError.HostNotFound);
        foreach (IPAddress address in addresses)
        {
            try
            {
                return await ConnectTcp(isAsync, new IPEndPoint(address, name.Port), cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException fault)
            {
                last = fault;
            }
        }

        throw last;
    }

    private static async ValueTask<Socket> ConnectTcp(bool isAsync, IPEndPoint address, CancellationToken cancellationToken)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (isAsync)
            {
                await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
                return socket;
            }

            using (cancellationToken.UnsafeRegister(static socket => ((Socket)socket!).Dispose(), socket))
            {
                socket.Connect(address);
            }

            // It may have been cancelled when it was just done.
            cancellationToken.ThrowIfCancellationRequested();
            return socket;
        }
        catch (Exception fault)
        {
            socket.Dispose();
            if (fault is SocketException or ObjectDisposedException)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            throw;
        }
    }
}
