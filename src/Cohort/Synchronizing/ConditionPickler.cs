using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>Carries a condition together with its lock.</summary>
internal sealed class ConditionPickler : IPickler<InterprocessCondition>
{
    public void Write(PickleWriter writer, InterprocessCondition value) => value.Write(writer);

    public InterprocessCondition Read(PickleReader reader)
    {
        InterprocessRecursiveLock? recursive = reader.Read<InterprocessRecursiveLock?>();
        IConditionLock @lock = (IConditionLock?)recursive ?? reader.Read<InterprocessLock?>()
            ?? throw new InvalidDataException("The message has a condition without a lock.");
        if (recursive is not null && reader.Read<InterprocessLock?>() is not null)
        {
            throw new InvalidDataException("The message has a condition with two locks.");
        }

        bool ownsLock = reader.ReadBoolean();
        SharedCell cell = SharedCell.Read(reader, SharedKind.Condition);
        try
        {
            return new InterprocessCondition(@lock, ownsLock, cell);
        }
        catch
        {
            cell.Dispose();
            throw;
        }
    }
}
