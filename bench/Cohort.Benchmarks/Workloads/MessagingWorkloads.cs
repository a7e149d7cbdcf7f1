using System.Diagnostics;
using Cohort.Messaging;

namespace Cohort.Benchmarks.Workloads;

/// <summary>The rows about connections.</summary>
internal static class MessagingWorkloads
{
    private const int RoundTrips = 20_000;
    private const int Echoes = 300;
    private const int MessageBytes = 1 << 20;

    /// <summary>Microseconds for an integer to a worker and back, as an object.</summary>
    public static double RoundTrip()
    {
        return WithWorker(Echo, RoundTrips, Trips, static connection => connection.Send<int?>(null)).TotalMicroseconds / RoundTrips;

        static void Trips(Connection connection, int times)
        {
            for (int i = 0; i < times; i++)
            {
                connection.Send(1);
                connection.Receive<int>();
            }
        }
    }

    /// <summary>MiB a second of both ways, when messages of 1 MiB of bytes go to a worker and back.</summary>
    public static double EchoMebibyte()
    {
        byte[] message = new byte[MessageBytes];
        TimeSpan elapsed = WithWorker(EchoBytes, Echoes, Trips, static connection => connection.SendBytes(ReadOnlyMemory<byte>.Empty));
        return 2.0 * Echoes * (MessageBytes >> 20) / elapsed.TotalSeconds;

        void Trips(Connection connection, int times)
        {
            for (int i = 0; i < times; i++)
            {
                connection.SendBytes(message);
                connection.ReceiveBytes();
            }
        }
    }

    private static TimeSpan WithWorker(Action<Connection> target, int times, Action<Connection, int> work, Action<Connection> end)
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        {
            using WorkerProcess worker = WorkerProcess.Start(target, there);
            there.Dispose();

            // For both sides to be compiled as well as they get.
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(800))
            {
                work(here, 10);
            }

            start = Stopwatch.GetTimestamp();
            work(here, times);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            end(here);
            worker.Join();
            return elapsed;
        }
    }

    private static void Echo(Connection connection)
    {
        while (connection.Receive<int?>() is { } number)
        {
            connection.Send(number);
        }
    }

    private static void EchoBytes(Connection connection)
    {
        while (connection.ReceiveBytes() is { Length: > 0 } message)
        {
            connection.SendBytes(message);
        }
    }
}
