using Cohort.Messaging;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>A pool worker's life in small, for a standby worker that may become one: two tasks to itself.</summary>
internal static class PoolWarmUp
{
    public static unsafe void Run()
    {
        using RingChannel channel = RingChannel.Create(Environment.SystemPageSize * 4, Environment.SystemPageSize * 4);
        RingSender requests = channel.RequestSender();
        PoolFunc<int, int> function = new(Same);
        WriterSource message = new(new PickleWriter());

        message.Writer.WriteInt32(1);
        message.Writer.WriteBytes(function.Encode());
        message.Prefix = (int)PoolFrames.Control.Define;
        requests.TrySend(message, 0);
        for (uint number = 1; number <= 2; number++)
        {
            message.Writer.Reset();
            message.Writer.WriteInt32(1);
            Pickle.Write(message.Writer, (int)number);
            message.Prefix = 1;
            requests.TrySend(message, number);
        }

        message.Writer.Reset();
        message.Prefix = (int)PoolFrames.Control.Exit;
        requests.TrySend(message, 0);

        // All that it reads is there already, so it neither waits nor is waited for.
        new PoolWorkerLoop(channel, channel.HostBell, SpinBudget.None).Run(null);
    }

    private static int Same(int x) => x;
}
