using Cohort.Messaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>All that connections do, over sockets of one kind.</summary>
public abstract class SocketConformanceTests(SocketFamily family) : ConnectionConformanceTests, IDisposable
{
    private readonly List<SocketPeers> _peers = [];
    private Leaks? _before;

    /// <summary>What is full may have some room again a little later: the kernel tidies up.</summary>
    protected override int LengthThatBlocks => 64 << 20;

    /// <summary>A close while others are in the middle of something resets the connection.</summary>
    protected override bool CloseKeepsWhatWasSent => false;

    public void Dispose()
    {
        _peers.ForEach(static peers => peers.Dispose());
        if (_before is not null)
        {
            Leaks.AssertNone(_before);
        }
    }

    protected override (Connection First, Connection Second) Create()
    {
        if (_before is null)
        {
            // The framework keeps what it made for the first socket.
            Open().Dispose();
            _before = Leaks.Snapshot();
        }

        SocketPeers peers = Open();
        _peers.Add(peers);
        return (peers.Client, peers.Server);
    }

    private SocketPeers Open()
    {
        Task<SocketPeers> opening = Task.Run(() => SocketPeers.OpenAsync(family));
        return opening.Wait(Watchdog.Limit) ? opening.Result : throw new TimeoutException("No connection came.");
    }
}

public sealed class IPv4ConformanceTests() : SocketConformanceTests(SocketFamily.IPv4);

public sealed class IPv6ConformanceTests() : SocketConformanceTests(SocketFamily.IPv6);

public sealed class UnixPathConformanceTests() : SocketConformanceTests(SocketFamily.UnixPath);

public sealed class UnixAbstractConformanceTests() : SocketConformanceTests(SocketFamily.UnixAbstract);

/// <summary>Decrypted bytes wait in this process, and the descriptor knows nothing of them.</summary>
public sealed class TlsConformanceTests() : SocketConformanceTests(SocketFamily.Tls)
{
    protected override bool HandleIsExact => false;

    protected override string? WhyItCannotTravel => "it is encrypted";
}
