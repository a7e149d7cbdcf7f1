using Cohort.Messaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>All that connections do, over sockets of one kind.</summary>
public abstract class SocketConformanceTests(SocketFamily family) : ConnectionConformanceTests, IDisposable
{
    private readonly List<SocketPeers> _peers = [];
    private readonly Leaks _before = Leaks.Snapshot();

    /// <summary>What is full may have some room again a little later: the kernel tidies up.</summary>
    protected override int LengthThatBlocks => 64 << 20;

    /// <summary>A close while others are in the middle of something resets the connection.</summary>
    protected override bool CloseKeepsWhatWasSent => false;

    public void Dispose()
    {
        _peers.ForEach(static peers => peers.Dispose());
        Leaks.AssertNone(_before);
    }

    protected override (Connection First, Connection Second) Create()
    {
        Task<SocketPeers> opening = Task.Run(() => SocketPeers.OpenAsync(family));
        SocketPeers peers = opening.Wait(Watchdog.Limit) ? opening.Result : throw new TimeoutException("No connection came.");
        _peers.Add(peers);
        return (peers.Client, peers.Server);
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
