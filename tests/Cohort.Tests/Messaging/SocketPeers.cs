using Cohort.Messaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>A listener and both ends of one connection that it accepted.</summary>
internal sealed class SocketPeers : IDisposable
{
    private readonly TemporaryFolder _folder;

    private SocketPeers(TemporaryFolder folder, ConnectionListener listener, Connection server, Connection client)
    {
        _folder = folder;
        Listener = listener;
        Server = server;
        Client = client;
    }

    public ConnectionListener Listener { get; }

    public Connection Server { get; }

    public Connection Client { get; }

    public static async Task<SocketPeers> OpenAsync(SocketFamily family, byte[]? key = null)
    {
        TemporaryFolder folder = new();
        ConnectionListener listener = new(family.NewAddress(folder), family.ListenerOptions(key));
        Task<Connection> accepting = listener.AcceptAsync().AsTask();
        Connection client = await ConnectionClient.ConnectAsync(listener.Address, family.ClientOptions(key)).AsTask().Watched();
        return new SocketPeers(folder, listener, await accepting.Watched(), client);
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        Listener.Dispose();
        _folder.Dispose();
    }
}
