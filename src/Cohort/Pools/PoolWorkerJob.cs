using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>What a pool's worker process does: tasks from a ring until it is told to stop.</summary>
/// <param name="initializer">As <see cref="Encode"/> made it; null for none.</param>
/// <param name="spinMicroseconds">How long the worker spins.</param>
internal sealed class PoolWorkerJob(byte[]? initializer, int spinMicroseconds) : WorkerJob
{
    private byte[]? _initializer = initializer;
    private int _spinMicroseconds = spinMicroseconds;

    /// <summary>It is started ahead of its work, so it has the time to go through some tasks of its own first.</summary>
    public bool IsAhead { get; set; }

    /// <summary>The initializer with its captured state of now, so that later workers begin as the first did.</summary>
    /// <param name="initializer">The action.</param>
    /// <param name="undo">Gives up the handles that it captures, when no worker will start any more; null when there are none.</param>
    /// <exception cref="PickleException">It captures what cannot travel.</exception>
    public static byte[] Encode(Action initializer, out Action? undo)
    {
        PickleWriter writer = new() { RootName = "initializer", Context = HandleTicket.ForMany };
        Pickle.Write(writer, initializer);
        undo = writer.TakeUndo();
        return writer.ToArray();
    }

    public override int Run(WorkerSession session)
    {
        if (IsAhead)
        {
            PoolWarmUp.RunTasks();
        }

        using RingChannel channel = RingChannel.Open(session.Handles[0]);
        using SharedPages bells = SharedPages.Open(session.Handles[1]);
        new PoolWorkerLoop(CurrentProcess.Name, channel, PoolBells.Host(bells), new SpinBudget(_spinMicroseconds)).Run(_initializer);
        return 0;
    }

    protected override void Write(PickleWriter writer)
    {
        writer.WriteBoolean(IsAhead);
        writer.WriteInt32(_spinMicroseconds);
        writer.WriteBoolean(_initializer is not null);
        if (_initializer is not null)
        {
            writer.WriteBytes(_initializer);
        }
    }

    protected override void Read(PickleReader reader)
    {
        IsAhead = reader.ReadBoolean();
        _spinMicroseconds = reader.ReadInt32();
        _initializer = reader.ReadBoolean() ? reader.ReadBytesInPlace().ToArray() : null;
    }
}
