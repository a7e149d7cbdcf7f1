using System.Runtime.CompilerServices;
using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>The job of a <see cref="WorkerProcess"/>: its target, or the <c>Run</c> of its own subclass.</summary>
internal sealed class ProcessJob(WorkerProcess process) : WorkerJob
{
    private WorkerProcess _process = process;

    public override int Run(WorkerSession session)
    {
        _process.RunAsSelf();
        return 0;
    }

    protected override void Write(PickleWriter writer)
    {
        WorkerTarget? target = _process.Target;
        writer.WriteBoolean(target is not null);
        if (target is not null)
        {
            Pickle.Write<Type>(writer, target.GetType());
            target.Write(writer);
        }
        else
        {
            writer.RootName = "worker";
            Pickle.Write(writer, _process);
        }
    }

    protected override void Read(PickleReader reader)
    {
        if (!reader.ReadBoolean())
        {
            _process = Pickle.Read<WorkerProcess>(reader);
            return;
        }

        WorkerTarget target = (WorkerTarget)RuntimeHelpers.GetUninitializedObject(Pickle.Read<Type>(reader));
        target.Read(reader);
        _process = new WorkerProcess(WorkerProcessState.Self(target));
    }
}
