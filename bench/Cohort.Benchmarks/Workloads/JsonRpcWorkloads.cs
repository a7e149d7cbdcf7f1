using System.IO.Pipes;
using StreamJsonRpc;

namespace Cohort.Benchmarks.Workloads;

/// <summary>StreamJsonRpc as a peer, at its best: MessagePack behind a length of four bytes, over a named pipe.</summary>
internal static class JsonRpcWorkloads
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Microseconds of a call in a worker that gives its integer back.</summary>
    public static double RoundTrip()
    {
        string name = NamedPipeWorkloads.NewName();
        using WorkerProcess worker = WorkerProcess.Start(ServeAsync, name);
        TimeSpan elapsed;
        using (NamedPipeClientStream pipe = new(".", name, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly))
        {
            pipe.Connect(s_connectTimeout);
            using JsonRpc rpc = new(Handler(pipe));
            rpc.StartListening();
            elapsed = Warm.Time(count => CallAsync(rpc, count).GetAwaiter().GetResult(), MessagingWorkloads.RoundTrips);
        }

        worker.Join();
        return MessagingWorkloads.PerTrip(elapsed);
    }

    private static LengthHeaderMessageHandler Handler(PipeStream pipe) => new(pipe, pipe, new MessagePackFormatter());

    private static async Task CallAsync(JsonRpc rpc, int times)
    {
        for (int i = 0; i < times; i++)
        {
            await rpc.InvokeAsync<int>(nameof(Target.Echo), 1);
        }
    }

    private static async Task ServeAsync(string name)
    {
        PipeOptions options = PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly;
        await using NamedPipeServerStream pipe = new(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, options);
        await pipe.WaitForConnectionAsync();
        using JsonRpc rpc = new(Handler(pipe), new Target());
        rpc.StartListening();
        await rpc.Completion;
    }

    private sealed class Target
    {
        public int Echo(int number) => number;
    }
}
