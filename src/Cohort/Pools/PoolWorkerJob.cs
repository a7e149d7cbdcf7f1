using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>What a pool's worker process does: tasks from a ring until it is told to stop.</summary>
internal sealed class PoolWorkerJob(Action? initializer, int spinMicroseconds) : WorkerJob
{
    private Action? _initializer = initializer;
    private int _spinMicroseconds = spinMicroseconds;

    public override int Run(WorkerSession session)
    {
        using RingChannel channel = RingChannel.Open(session.Handles[0]);
        using SharedPages bells = SharedPages.Open(session.Handles[1]);
        new PoolWorkerLoop(channel, PoolBells.Host(bells), new SpinBudget(_spinMicroseconds)).Run(_initializer);
        return 0;
    }

    protected override void Write(PickleWriter writer)
    {
        writer.WriteInt32(_spinMicroseconds);
        writer.WriteBoolean(_initializer is not null);
        if (_initializer is not null)
        {
            writer.RootName = "initializer";
            Pickle.Write(writer, _initializer);
        }
    }

    protected override void Read(PickleReader reader)
    {
        _spinMicroseconds = reader.ReadInt32();
        _initializer = reader.ReadBoolean() ? Pickle.Read<Action>(reader) : null;
    }
}
