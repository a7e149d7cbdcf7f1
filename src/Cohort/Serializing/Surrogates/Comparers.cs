namespace Cohort.Serializing;

/// <summary>The comparers of collections; the default one is not written.</summary>
internal static class Comparers
{
    public static void Write<T>(PickleWriter writer, IEqualityComparer<T>? comparer)
    {
        IEqualityComparer<T>? written = ReferenceEquals(comparer, EqualityComparer<T>.Default) ? null : comparer;
        writer.Tracker?.Push(".Comparer");
        writer.CompletePartsOnly++;
        Slot<IEqualityComparer<T>?>.Instance.Write(writer, ref written);
        writer.CompletePartsOnly--;
        writer.Tracker?.Pop();
    }

    public static IEqualityComparer<T>? Read<T>(PickleReader reader) => Slot<IEqualityComparer<T>?>.Instance.Read(reader);
}
