using Cohort.Messaging;
using Cohort.Synchronizing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>Connections over sockets in a process that has no descriptor left, for a while.</summary>
public sealed class SocketDescriptorTests
{
    private const int Limit = 60_000;

    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(10);

    [Theory(Timeout = Limit)]
    [InlineData(SocketFamily.IPv4)]
    [InlineData(SocketFamily.UnixAbstract)]
    public async Task Calls_that_find_nothing_leave_the_connection_in_order(SocketFamily family)
    {
        using SocketPeers peers = await SocketPeers.OpenAsync(family);
        using InterprocessEvent tried = new();
        using WorkerProcess worker = WorkerProcess.Start(CallInVain, peers.Client, tried);
        await Watchdog.Run(() => tried.Wait());
        peers.Server.SendBytes([7]);
        byte[] bytes;
        do
        {
            bytes = await peers.Server.ReceiveBytesAsync().AsTask().Watched();
        }
        while (bytes.Length > 1);

        Assert.Equal([7], bytes);
        await worker.JoinAsync().Watched();
        Assert.Equal(0, worker.ExitCode);
    }

    private static void CallInVain(Connection connection, InterprocessEvent tried)
    {
        using CancellationTokenSource never = new();
        byte[] part = new byte[1000];
        bool isCancelled = false;
        bool hasReceived = false;
        try
        {
            // Once before, as no code can be loaded without descriptors; the socket is full after that.
            Call();
            isCancelled = false;
            using (DescriptorLimit.Exhaust(200))
            {
                Call();
            }
        }
        finally
        {
            tried.Set();
        }

        Assert.True(isCancelled);
        Assert.False(hasReceived);
        connection.SendBytes(connection.ReceiveBytes(cancellationToken: never.Token), cancellationToken: never.Token);

        void Call()
        {
            hasReceived |= connection.TryReceiveBytes(out _, timeout: s_moment, cancellationToken: never.Token);
            while (connection.TrySendBytes(part, s_moment, never.Token))
            {
            }

            try
            {
                using CancellationTokenSource soon = new(s_moment);
                hasReceived |= connection.TryReceiveBytes(out _, timeout: Timeout.InfiniteTimeSpan, cancellationToken: soon.Token);
            }
            catch (OperationCanceledException)
            {
                isCancelled = true;
            }
        }
    }
}
