using System.Collections.Immutable;

namespace Cohort.Serializing;

/// <summary>An immutable hash set, hashed anew.</summary>
internal sealed class ImmutableSetBody<T> : SequenceBody<ImmutableHashSet<T>, T>
{
    protected override bool IsMutable => false;

    protected override bool UsesItems => true;

    protected override void WriteHeader(PickleWriter writer, ImmutableHashSet<T> value) =>
        Comparers.Write(writer, value.KeyComparer);

    protected override T[] ToArray(ImmutableHashSet<T> value) => [.. value];

    protected override ImmutableHashSet<T> Begin(PickleReader reader) =>
        ImmutableHashSet<T>.Empty.WithComparer(Comparers.Read<T>(reader));

    protected override ImmutableHashSet<T> Fill(ImmutableHashSet<T> value, T[] items) => value.Union(items);

    protected override bool HasAll(ImmutableHashSet<T> value, T[] items) =>
        value.Count == items.Length && Array.TrueForAll(items, value.Contains);
}
