using Cohort.Messaging;
using Cohort.Serializing;

namespace Cohort.Tests.Messaging;

/// <content>An end in another process.</content>
public abstract partial class ConnectionConformanceTests
{
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

    private static void Echo(Connection connection)
    {
        while (true)
        {
            connection.SendBytes(connection.ReceiveBytes());
        }
    }
}
