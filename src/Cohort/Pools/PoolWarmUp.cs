using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Workers;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Pools;

/// <summary>A pool worker's life in small, for a standby worker that may become one: two tasks to itself.</summary>
internal static class PoolWarmUp
{
    /// <summary>However this process became a worker, by the hook or by a call in Main.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A layer below, which may not know this one, has to find it.")]
    internal static void Register() => WarmUp.More = Send;

    private static void Send(WorkerHandle worker)
    {
        using RingChannel channel = RingChannel.Create(Environment.SystemPageSize * 4, Environment.SystemPageSize * 4);
        using SharedPages bells = PoolBells.Create();

        // All that the worker will read is there already, so it neither waits nor is waited for.
        FillWithTasks(channel.RequestSender());
        WarmUp.Send(worker, new PoolWorkerJob(null, 0, 0), [channel.Handle, bells.Handle]);
    }

    /// <summary>The tasks only, in a process that is a worker already.</summary>
    internal static void RunTasks()
    {
        using RingChannel channel = RingChannel.Create(Environment.SystemPageSize * 4, Environment.SystemPageSize * 4);
        using SharedPages bells = PoolBells.Create();
        FillWithTasks(channel.RequestSender());
        new PoolWorkerLoop(CurrentProcess.Name, channel, PoolBells.Host(bells), new SpinBudget(0)).Run(null, 0);
    }

    private static void FillWithTasks(RingSender requests)
    {
        PoolFunc<int, int> function = new(Same);
        WriterSource message = new(new PickleWriter());
        message.Writer.WriteInt32(1);
        message.Writer.WriteBytes(function.Encode().Definition);
        message.Prefix = (int)PoolFrames.Control.Define;
        requests.TrySend(message, 0);
        for (uint number = 1; number <= 2; number++)
        {
            message.Writer.Reset();
            message.Writer.WriteInt32(1);
            Pickle.Write(message.Writer, (int)number);
            message.Prefix = PoolFrames.FunctionWord(1, isTraced: false);
            requests.TrySend(message, number);
        }

        message.Writer.Reset();
        message.Prefix = (int)PoolFrames.Control.Exit;
        requests.TrySend(message, 0);
    }

    private static int Same(int x) => x;
}
