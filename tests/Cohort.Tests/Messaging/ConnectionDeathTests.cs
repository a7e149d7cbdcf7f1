using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Tests.Support;

namespace Cohort.Tests.Messaging;

/// <summary>Processes that are killed while somebody waits for them over a socket.</summary>
public sealed class ConnectionDeathTests
{
    private const int Limit = 120_000;

    public static TheoryData<SocketFamily, bool> Cases
    {
        get
        {
            TheoryData<SocketFamily, bool> cases = [];
            foreach (SocketFamily family in (SocketFamily[])[SocketFamily.IPv4, SocketFamily.UnixPath])
            {
                cases.Add(family, false);
                cases.Add(family, true);
            }

            return cases;
        }
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Cases))]
    public async Task A_receive_and_a_poll_end_when_the_peer_is_killed(SocketFamily family, bool isAsync)
    {
        Leaks before = Leaks.Snapshot();
        await WithPeerAsync(family, "whole", async (connection, kill) =>
        {
            Task<byte[]> receiving = isAsync ? connection.ReceiveBytesAsync().AsTask() : Watchdog.Run(() => connection.ReceiveBytes());
            Task<bool> polling = isAsync ? connection.PollAsync(Watchdog.Limit).AsTask() : Watchdog.Run(() => connection.Poll(Watchdog.Limit));
            await kill();
            Exception end = await Watchdog.FaultOf(receiving);
            Assert.IsType<EndOfStreamException>(end);
            Assert.Contains("client", end.Message, StringComparison.Ordinal);
            Assert.True(await polling.Watched());
        });
        Leaks.AssertNone(before);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Cases))]
    public async Task A_send_that_the_peer_does_not_take_ends_when_it_is_killed(SocketFamily family, bool isAsync) =>
        await WithPeerAsync(family, "whole", async (connection, kill) =>
        {
            byte[] large = new byte[64 << 20];
            Task sending = isAsync ? connection.SendBytesAsync(large).AsTask() : Watchdog.Run(() => connection.SendBytes(large));
            Assert.False(sending.IsCompleted);
            await kill();
            IOException gone = Assert.IsType<IOException>(await Watchdog.FaultOf(sending));
            Assert.Contains("client", gone.Message, StringComparison.Ordinal);
            Assert.Contains("gone", gone.Message, StringComparison.Ordinal);
            Assert.Throws<IOException>(() => connection.SendBytes(new byte[1]));
        });

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Cases))]
    public async Task A_message_that_was_cut_off_by_a_kill_is_no_end(SocketFamily family, bool isAsync) =>
        await WithPeerAsync(family, "torn", async (connection, kill) =>
        {
            Assert.True(await connection.PollAsync(Watchdog.Limit));
            Task<byte[]> receiving = isAsync ? connection.ReceiveBytesAsync().AsTask() : Watchdog.Run(() => connection.ReceiveBytes());
            await kill();
            IOException torn = Assert.IsType<IOException>(await Watchdog.FaultOf(receiving));
            Assert.Contains("client", torn.Message, StringComparison.Ordinal);
        });

    [Fact(Timeout = Limit)]
    public async Task Out_of_descriptors_accepting_fails_clearly_and_works_again_later()
    {
        LaunchRequest request = TestWorker.Request("listener-without-descriptors");
        (ChildExit exit, string text) = await ChildOutput.RunAsync(request with
        {
            FileName = "/bin/sh",
            Arguments = ["/bin/sh", "-c", "ulimit -n 256 && exec \"$0\" \"$@\"", .. request.Arguments],
        }).Watched();
        Assert.True(exit.ExitCode == 0, $"{exit}\n{text}");
    }

    private static async Task WithPeerAsync(SocketFamily family, string kind, Func<Connection, Func<Task>, Task> body)
    {
        using TemporaryFolder folder = new();
        using ConnectionListener listener = new(family.NewAddress(folder));
        await using ChildOutput child = ChildOutput.Start(TestWorker.Request("connection-peer", listener.Address.ToString()!, kind));
        using Connection connection = await listener.AcceptAsync(Watchdog.Limit);
        Assert.Equal("here", await connection.ReceiveAsync<string>(Watchdog.Limit));
        await body(connection, async () =>
        {
            child.Process.Signal(Signal.SIGKILL);
            await child.Process.Exit.Watched();
        });
    }
}
