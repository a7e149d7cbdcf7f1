using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Synchronizing;

/// <summary>Carries a barrier by a reference to where it lies, and its action with it.</summary>
internal sealed class InterprocessBarrierPickler : IPickler<InterprocessBarrier>
{
    public void Write(PickleWriter writer, InterprocessBarrier value)
    {
        writer.Write(value.Action);
        value.Cell.Write(writer);
    }

    public InterprocessBarrier Read(PickleReader reader)
    {
        Action? action = reader.Read<Action?>();
        SharedCell cell = SharedCell.Read(reader, SharedKind.Barrier);
        try
        {
            return InterprocessBarrier.FromCell(cell, action);
        }
        catch
        {
            cell.Dispose();
            throw;
        }
    }
}
