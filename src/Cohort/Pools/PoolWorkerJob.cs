using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>What a pool's worker process does: tasks from a ring until it is told to stop.</summary>
/// <param name="stages">As <see cref="WorkerStages.Encode"/> made them; null for none.</param>
/// <param name="index">The worker's place in the pool.</param>
/// <param name="spinMicroseconds">How long the worker spins.</param>
internal sealed class PoolWorkerJob(
    byte[]? stages, int index, int spinMicroseconds, bool capturesOutput = false, bool stampsReplies = false) : WorkerJob
{
    private bool _capturesOutput = capturesOutput;
    private bool _stampsReplies = stampsReplies;
    private byte[]? _stages = stages;
    private int _index = index;
    private int _spinMicroseconds = spinMicroseconds;

    /// <summary>The pool wants to know when it begins with its stages.</summary>
    public bool TellsBegin { get; set; }

    /// <summary>
    /// It is started ahead of its work, so it has the time to go through a <see cref="PoolRehearsal"/> first, whose handles are the last.
    /// </summary>
    public bool IsAhead { get; set; }

    public override int Run(WorkerSession session)
    {
        if (_capturesOutput)
        {
            // A standby worker was launched before anybody knew who would read what it prints.
            Descriptors.Replace(session.Handles[2], 1);
            Descriptors.Replace(session.Handles[3], 2);
        }

        if (IsAhead)
        {
            PoolRehearsal.Run(session.Handles[^2], session.Handles[^1]);
        }

        using RingChannel channel = RingChannel.Open(session.Handles[0]);
        using SharedPages bells = SharedPages.Open(session.Handles[1]);
        new PoolWorkerLoop(CurrentProcess.Name, channel, PoolBells.Host(bells), new SpinBudget(_spinMicroseconds), _stampsReplies) { TellsBegin = TellsBegin }
            .Run(_stages, _index);
        return 0;
    }

    protected override void Write(PickleWriter writer)
    {
        writer.WriteBoolean(IsAhead);
        writer.WriteBoolean(TellsBegin);
        writer.WriteInt32(_spinMicroseconds);
        writer.WriteBoolean(_capturesOutput);
        writer.WriteBoolean(_stampsReplies);
        writer.WriteInt32(_index);
        writer.WriteBoolean(_stages is not null);
        if (_stages is not null)
        {
            writer.WriteManyBytes(_stages);
        }
    }

    protected override void Read(PickleReader reader)
    {
        IsAhead = reader.ReadBoolean();
        TellsBegin = reader.ReadBoolean();
        _spinMicroseconds = reader.ReadInt32();
        _capturesOutput = reader.ReadBoolean();
        _stampsReplies = reader.ReadBoolean();
        _index = reader.ReadInt32();
        _stages = reader.ReadBoolean() ? reader.ReadBytesInPlace().ToArray() : null;
    }
}
