using System.Buffers.Binary;
using System.IO.Pipes;

namespace Cohort.Benchmarks.Workloads;

/// <summary>
/// The framework's named pipes as a peer, at their best: bytes behind a length of four bytes, each message written with one
/// call and read with as few as it takes, from and into buffers that stay.
/// </summary>
internal static class NamedPipeWorkloads
{
    private const int Header = sizeof(int);
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Microseconds for the four bytes of an integer to a worker and back.</summary>
    public static double RoundTrip() => MessagingWorkloads.PerTrip(Echo(sizeof(int), MessagingWorkloads.RoundTrips));

    /// <summary>MiB a second of both ways, when messages of 1 MiB go to a worker and back.</summary>
    public static double EchoMebibyte() => MessagingWorkloads.Throughput(Echo(MessagingWorkloads.MessageBytes, MessagingWorkloads.Echoes));

    private static TimeSpan Echo(int length, int times)
    {
        // The worker is the server: that it does not come is then an error of Connect and no wait for ever.
        string name = NewName();
        using WorkerProcess worker = WorkerProcess.Start(Serve, name);
        TimeSpan elapsed;
        using (NamedPipeClientStream pipe = new(".", name, PipeDirection.InOut, PipeOptions.CurrentUserOnly))
        {
            pipe.Connect(s_connectTimeout);
            byte[] frame = new byte[Header + length];
            elapsed = Warm.Time(count => Trips(pipe, frame, count), times);
        }

        worker.Join();
        return elapsed;
    }

    public static string NewName() => $"cohort-bench-{Guid.NewGuid():N}";

    private static void Trips(PipeStream pipe, byte[] frame, int times)
    {
        for (int i = 0; i < times; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - Header);
            pipe.Write(frame);
            if (Read(pipe, frame) != frame.Length)
            {
                throw new InvalidOperationException("The named pipe gave another message back.");
            }
        }
    }

    private static void Serve(string name)
    {
        using NamedPipeServerStream pipe = new(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.CurrentUserOnly);
        pipe.WaitForConnection();
        byte[] buffer = new byte[Header + MessagingWorkloads.MessageBytes];
        while (Read(pipe, buffer) is > 0 and int length)
        {
            pipe.Write(buffer, 0, length);
        }
    }

    /// <summary>Reads a message and its length. Never more: the other side sends the next one when it has had this one back.</summary>
    /// <returns>The bytes of both; 0 at the end.</returns>
    private static int Read(PipeStream pipe, byte[] buffer)
    {
        int got = pipe.ReadAtLeast(buffer, Header, throwOnEndOfStream: false);
        if (got < Header)
        {
            return got == 0 ? 0 : throw new EndOfStreamException();
        }

        int end = Header + BinaryPrimitives.ReadInt32LittleEndian(buffer);
        pipe.ReadExactly(buffer, got, end - got);
        return end;
    }
}
