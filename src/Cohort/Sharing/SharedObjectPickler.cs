using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>Carries a shared object by a reference to where it lies.</summary>
internal class SharedObjectPickler<T> : IPickler<T>
    where T : SharedObject, ISharedObject<T>
{
    public void Write(PickleWriter writer, T value) => value.Cell.Write(writer);

    public T Read(PickleReader reader)
    {
        SharedCell cell = SharedCell.Read(reader, T.Kind);
        try
        {
            return T.FromCell(cell);
        }
        catch
        {
            cell.Dispose();
            throw;
        }
    }
}
