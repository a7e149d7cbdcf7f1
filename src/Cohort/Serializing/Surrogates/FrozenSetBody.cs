using System.Collections.Frozen;

namespace Cohort.Serializing;

/// <summary>A frozen set, frozen anew: its shape depends on hashes.</summary>
internal sealed class FrozenSetBody<T> : SequenceBody<FrozenSet<T>, T>
{
    public override Type WireType => typeof(FrozenSet<T>);

    protected override bool IsMutable => false;

    protected override bool UsesItems => true;

    protected override void WriteHeader(PickleWriter writer, FrozenSet<T> value) => Comparers.Write(writer, value.Comparer);

    protected override T[] ToArray(FrozenSet<T> value) => [.. value];

    protected override FrozenSet<T> Begin(PickleReader reader) => Array.Empty<T>().ToFrozenSet(Comparers.Read<T>(reader));

    protected override FrozenSet<T> Fill(FrozenSet<T> value, T[] items) => items.ToFrozenSet(value.Comparer);

    protected override bool HasAll(FrozenSet<T> value, T[] items) =>
        value.Count == items.Length && Array.TrueForAll(items, value.Contains);
}
