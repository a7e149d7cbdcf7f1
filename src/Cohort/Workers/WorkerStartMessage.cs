using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>Who a new worker is, told before its job. Written by hand: a cold worker should compile little.</summary>
internal sealed class WorkerStartMessage
{
    public required string Name { get; init; }

    public required bool IsDaemon { get; init; }

    public required byte[] AuthKey { get; init; }

    public required string ParentName { get; init; }

    public required WorkerAncestry Ancestry { get; init; }

    public required string WorkingDirectory { get; init; }

    public required int LogLevel { get; init; }

    public required bool LogToStandardError { get; init; }

    public required string DefaultContext { get; init; }

    public void Write(PickleWriter writer)
    {
        writer.WriteString(Name);
        writer.WriteBoolean(IsDaemon);
        writer.WriteBytes(AuthKey);
        writer.WriteString(ParentName);
        writer.WriteInt32(Ancestry.Depth);
        writer.WriteString(Ancestry.Names);
        writer.WriteString(WorkingDirectory);
        writer.WriteInt32(LogLevel);
        writer.WriteBoolean(LogToStandardError);
        writer.WriteString(DefaultContext);
    }

    public static WorkerStartMessage Read(PickleReader reader) => new()
    {
        Name = reader.ReadString()!,
        IsDaemon = reader.ReadBoolean(),
        AuthKey = reader.ReadBytes(),
        ParentName = reader.ReadString()!,
        Ancestry = new WorkerAncestry(reader.ReadInt32(), reader.ReadString()!),
        WorkingDirectory = reader.ReadString()!,
        LogLevel = reader.ReadInt32(),
        LogToStandardError = reader.ReadBoolean(),
        DefaultContext = reader.ReadString()!,
    };
}
