using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>What a pool's worker process does: tasks from a ring until it is told to stop.</summary>
/// <param name="initializer">As <see cref="Encode"/> made it; null for none.</param>
/// <param name="spinMicroseconds">How long the worker spins.</param>
/// <param name="capturesOutput">Whether the last two handles are what it prints to.</param>
/// <param name="stampsReplies">Whether replies tell when their tasks began.</param>
internal sealed class PoolWorkerJob(byte[]? initializer, int spinMicroseconds, bool capturesOutput = false, bool stampsReplies = false) : WorkerJob
{
    private bool _capturesOutput = capturesOutput;
    private bool _stampsReplies = stampsReplies;
    private byte[]? _initializer = initializer;
    private int _spinMicroseconds = spinMicroseconds;

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
        if (_capturesOutput)
        {
            // A standby worker was launched before anybody knew who would read what it prints.
            Descriptors.Replace(session.Handles[2], 1);
            Descriptors.Replace(session.Handles[3], 2);
        }

        using RingChannel channel = RingChannel.Open(session.Handles[0]);
        using SharedPages bells = SharedPages.Open(session.Handles[1]);
        new PoolWorkerLoop(CurrentProcess.Name, channel, PoolBells.Host(bells), new SpinBudget(_spinMicroseconds), _stampsReplies).Run(_initializer);
        return 0;
    }

    protected override void Write(PickleWriter writer)
    {
        writer.WriteInt32(_spinMicroseconds);
        writer.WriteBoolean(_capturesOutput);
        writer.WriteBoolean(_stampsReplies);
        writer.WriteBoolean(_initializer is not null);
        if (_initializer is not null)
        {
            writer.WriteBytes(_initializer);
        }
    }

    protected override void Read(PickleReader reader)
    {
        _spinMicroseconds = reader.ReadInt32();
        _capturesOutput = reader.ReadBoolean();
        _stampsReplies = reader.ReadBoolean();
        _initializer = reader.ReadBoolean() ? reader.ReadBytesInPlace().ToArray() : null;
    }
}
