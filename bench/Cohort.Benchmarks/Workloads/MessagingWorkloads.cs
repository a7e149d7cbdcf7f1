using Cohort.Messaging;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about connections.</summary>
internal static class MessagingWorkloads
{
    public const int RoundTrips = 20_000;
    public const int Echoes = 300;
    public const int MessageBytes = 1 << 20;

    /// <summary>Microseconds for an integer to a worker and back, as an object.</summary>
    public static double RoundTrip()
    {
        return PerTrip(WithWorker(static there => WorkerProcess.Start(Echo, there), RoundTrips, Trips, static here => here.Send<int?>(null)));

        static void Trips(Connection connection, int times)
        {
            for (int i = 0; i < times; i++)
            {
                connection.Send(1);
                connection.Receive<int>();
            }
        }
    }

    /// <summary>The same with calls that are awaited on both sides.</summary>
    public static double AwaitedRoundTrip()
    {
        return PerTrip(WithWorker(
            static there => WorkerProcess.Start(EchoAsync, there),
            RoundTrips,
            static (here, times) => TripsAsync(here, times).GetAwaiter().GetResult(),
            static here => here.Send<int?>(null)));

        static async Task TripsAsync(Connection connection, int times)
        {
            for (int i = 0; i < times; i++)
            {
                await connection.SendAsync(1);
                await connection.ReceiveAsync<int>();
            }
        }
    }

    /// <summary>Microseconds for the four bytes of an integer to a worker and back, into buffers that stay.</summary>
    public static double RawRoundTrip() => PerTrip(EchoInPlace(new byte[sizeof(int)], RoundTrips));

    /// <summary>MiB a second of both ways, when messages of 1 MiB of bytes go to a worker and back.</summary>
    public static double EchoMebibyte()
    {
        byte[] message = new byte[MessageBytes];
        return Throughput(WithWorker(static there => WorkerProcess.Start(EchoBytes, there), Echoes, Trips, End));

        void Trips(Connection connection, int times)
        {
            for (int i = 0; i < times; i++)
            {
                connection.SendBytes(message);
                connection.ReceiveBytes();
            }
        }
    }

    /// <summary>The same into buffers that stay.</summary>
    public static double RawEchoMebibyte() => Throughput(EchoInPlace(new byte[MessageBytes], Echoes));

    /// <summary>Microseconds of one of the round trips.</summary>
    public static double PerTrip(TimeSpan elapsed) => elapsed.TotalMicroseconds / RoundTrips;

    /// <summary>MiB a second of both ways of the echoes.</summary>
    public static double Throughput(TimeSpan elapsed) => 2.0 * Echoes * (MessageBytes >> 20) / elapsed.TotalSeconds;

    /// <summary>A worker's function: sends each number back, until there is none.</summary>
    public static void Echo(Connection connection)
    {
        while (connection.Receive<int?>() is { } number)
        {
            connection.Send(number);
        }
    }

    /// <summary>The same without a thread that waits.</summary>
    public static async Task EchoAsync(Connection connection)
    {
        while (await connection.ReceiveAsync<int?>() is { } number)
        {
            await connection.SendAsync(number);
        }
    }

    private static TimeSpan EchoInPlace(byte[] message, int times)
    {
        return WithWorker(static there => WorkerProcess.Start(EchoBytesInPlace, there), times, Trips, End);

        void Trips(Connection connection, int times)
        {
            for (int i = 0; i < times; i++)
            {
                connection.SendBytes(message);
                connection.ReceiveBytesInto(message);
            }
        }
    }

    private static TimeSpan WithWorker(
        Func<Connection, WorkerProcess> start, int times, Action<Connection, int> work, Action<Connection> end)
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        {
            using WorkerProcess worker = start(there);
            there.Dispose();
            TimeSpan elapsed = Warm.Time(count => work(here, count), times);
            end(here);
            worker.Join();
            return elapsed;
        }
    }

    private static void End(Connection connection) => connection.SendBytes(ReadOnlyMemory<byte>.Empty);

    private static void EchoBytes(Connection connection)
    {
        while (connection.ReceiveBytes() is { Length: > 0 } message)
        {
            connection.SendBytes(message);
        }
    }

    private static void EchoBytesInPlace(Connection connection)
    {
        byte[] buffer = new byte[MessageBytes];
        while (connection.ReceiveBytesInto(buffer) is > 0 and int length)
        {
            connection.SendBytes(buffer.AsMemory(0, length));
        }
    }
}
