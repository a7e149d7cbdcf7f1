using System.Globalization;
using NetMQ;
using NetMQ.Sockets;

namespace Cohort.Benchmarks.Workloads;

/// <summary>NetMQ's pair sockets as a peer, over TCP of this machine (which is what NetMQ's ipc is too), with its defaults.</summary>
internal static class NetMqWorkloads
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>Microseconds for the four bytes of an integer to a worker and back.</summary>
    public static double RoundTrip() => MessagingWorkloads.PerTrip(Echo(new byte[sizeof(int)], MessagingWorkloads.RoundTrips));

    /// <summary>MiB a second of both ways, when messages of 1 MiB go to a worker and back.</summary>
    public static double EchoMebibyte() =>
        MessagingWorkloads.Throughput(Echo(new byte[MessagingWorkloads.MessageBytes], MessagingWorkloads.Echoes));

    private static TimeSpan Echo(byte[] message, int times)
    {
        using PairSocket socket = new();
        int port = socket.BindRandomPort("tcp://127.0.0.1");
        using WorkerProcess worker = WorkerProcess.Start(Serve, port);
        TimeSpan elapsed = Warm.Time(count => Trips(socket, message, count), times);
        socket.SendFrameEmpty();
        worker.Join();
        return elapsed;
    }

    private static void Trips(PairSocket socket, byte[] message, int times)
    {
        Msg received = default;
        received.InitEmpty();
        for (int i = 0; i < times; i++)
        {
            socket.SendFrame(message);
            Receive(socket, ref received);
            if (received.Size != message.Length)
            {
                throw new InvalidOperationException("NetMQ gave another message back.");
            }
        }

        received.Close();
    }

    private static void Serve(int port)
    {
        using (PairSocket socket = new())
        {
            socket.Connect(string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}"));
            Msg message = default;
            message.InitEmpty();
            for (Receive(socket, ref message); message.Size > 0; Receive(socket, ref message))
            {
                // The message itself goes back, without a copy.
                socket.Send(ref message, more: false);
            }

            message.Close();
        }

        NetMQConfig.Cleanup(block: false);
    }

    private static void Receive(PairSocket socket, ref Msg message)
    {
        if (!socket.TryReceive(ref message, s_timeout))
        {
            throw new InvalidOperationException("NetMQ has received nothing for a long time.");
        }
    }
}
