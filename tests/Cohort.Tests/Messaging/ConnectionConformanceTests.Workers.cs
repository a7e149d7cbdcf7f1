using System.Runtime.InteropServices;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Tests.Messaging;

/// <content>An end in another process.</content>
public abstract partial class ConnectionConformanceTests
{
    /// <summary>SIGWINCH, which means nothing to a worker.</summary>
    private const int WindowChanged = 28;

    [Fact(Timeout = Limit)]
    public async Task Connection_GivenToAWorker_WorksThereAndEndsWithIt()
    {
        (Connection a, Connection b) = Create();
        using (a)
        {
            if (WhyItCannotTravel is { } why)
            {
                Assert.Contains(why, Assert.Throws<PickleException>(() => WorkerProcess.Start(Echo, b)).Message, StringComparison.Ordinal);
                b.Dispose();
                return;
            }

            using WorkerProcess worker = WorkerProcess.Start(Echo, b);
            b.Dispose();
            await Watchdog.Run(() =>
            {
                foreach (int length in (int[])[0, 1, 70_000, 3_000_000])
                {
                    byte[] message = new byte[length];
                    new Random(length).NextBytes(message);
                    a.SendBytes(message);
                    AssertSame(message, a.ReceiveBytes());
                }

                a.SendBytes([1, 2, 3]);
                Assert.Equal([1, 2, 3], a.ReceiveBytes());
            });
            worker.Kill();
            await Assert.ThrowsAsync<EndOfStreamException>(() => Watchdog.Run(() => a.ReceiveBytes()));
            await worker.JoinAsync().Watched();
        }
    }

    /// <summary>_TestPollEintr.test_poll_eintr.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Signal_WhileItWaits_DoesNotEndTheWait(bool waitsForAny)
    {
        Assert.SkipWhen(WhyItCannotTravel is not null, $"the worker cannot get an end: {WhyItCannotTravel}");
        using RawSharedValue<int> signals = new();
        (Connection here, Connection there) = Create();
        using (here)
        using (there)
        {
            using WorkerProcess worker = WorkerProcess.Start(waitsForAny ? WaitAnyAmongSignals : PollAmongSignals, there, signals);
            Assert.Equal("ready", await Watchdog.Run(() => here.Receive<string>()));
            for (int i = 1; i <= 20; i++)
            {
                Assert.True(ProcessIdentity.Of(worker.ProcessId!.Value)!.Value.TrySignal(WindowChanged));
                await Eventually.TrueAsync(() => signals.Value >= i);
            }

            Assert.False(here.Poll());
            here.Send(1);
            Assert.Equal(1, await Watchdog.Run(() => here.Receive<int>()));
            await worker.JoinAsync().Watched();
        }
    }

    private static void Echo(Connection connection)
    {
        while (true)
        {
            connection.SendBytes(connection.ReceiveBytes());
        }
    }

    private static void PollAmongSignals(Connection connection, RawSharedValue<int> signals) =>
        EchoAmongSignals(connection, signals, () => connection.Poll(Timeout.InfiniteTimeSpan));

    private static void WaitAnyAmongSignals(Connection connection, RawSharedValue<int> signals) =>
        EchoAmongSignals(connection, signals, () => Connection.WaitAny([connection]).Count > 0);

    private static void EchoAmongSignals(Connection connection, RawSharedValue<int> signals, Func<bool> wait)
    {
        using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Interlocked.Increment(ref signals.Ref));
        connection.Send("ready");
        Assert.True(wait());
        connection.Send(connection.Receive<int>(TimeSpan.Zero));
    }
}
