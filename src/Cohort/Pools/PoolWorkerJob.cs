using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>What a pool's worker process does: tasks from a ring until it is told to stop.</summary>
/// <param name="stages">As <see cref="WorkerStages.Encode"/> made them; null for none.</param>
/// <param name="index">The worker's place in the pool.</param>
/// <param name="spinMicroseconds">How long the worker spins.</param>
internal sealed class PoolWorkerJob(byte[]? stages, int index, int spinMicroseconds) : WorkerJob
{
    private byte[]? _stages = stages;
    private int _index = index;
    private int _spinMicroseconds = spinMicroseconds;

    public override int Run(WorkerSession session)
    {
        using RingChannel channel = RingChannel.Open(session.Handles[0]);
        using SharedPages bells = SharedPages.Open(session.Handles[1]);
        new PoolWorkerLoop(CurrentProcess.Name, channel, PoolBells.Host(bells), new SpinBudget(_spinMicroseconds)).Run(_stages, _index);
        return 0;
    }

    protected override void Write(PickleWriter writer)
    {
        writer.WriteInt32(_spinMicroseconds);
        writer.WriteInt32(_index);
        writer.WriteBoolean(_stages is not null);
        if (_stages is not null)
        {
            writer.WriteManyBytes(_stages);
        }
    }

    protected override void Read(PickleReader reader)
    {
        _spinMicroseconds = reader.ReadInt32();
        _index = reader.ReadInt32();
        _stages = reader.ReadBoolean() ? reader.ReadBytesInPlace().ToArray() : null;
    }
}
