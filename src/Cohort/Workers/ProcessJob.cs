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
        Form form = target switch
        {
            null => Form.Subclass,
            ActionTarget => Form.Action,
            _ => Form.Other,
        };
        writer.WriteByte((byte)form);
        if (form == Form.Subclass)
        {
            writer.RootName = "worker";
            Pickle.Write(writer, _process);
            return;
        }

        if (form == Form.Other)
        {
            Pickle.Write<Type>(writer, target!.GetType());
        }

        target!.Write(writer);
    }

    protected override void Read(PickleReader reader)
    {
        Form form = (Form)reader.ReadByte();
        if (form == Form.Subclass)
        {
            _process = Pickle.Read<WorkerProcess>(reader);
            return;
        }

        WorkerTarget target = form == Form.Action
            ? new ActionTarget(null!)
            : (WorkerTarget)RuntimeHelpers.GetUninitializedObject(Pickle.Read<Type>(reader));
        target.Read(reader);
        _process = new WorkerProcess(WorkerProcessState.Self(target));
    }

    /// <summary>What follows.</summary>
    private enum Form : byte
    {
        /// <summary>The process object itself, which overrides Run.</summary>
        Subclass,

        /// <summary>A function without arguments, whose type need not be named.</summary>
        Action,

        /// <summary>The type of a target, then the target.</summary>
        Other,
    }
}
