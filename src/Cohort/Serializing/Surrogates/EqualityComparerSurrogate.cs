namespace Cohort.Serializing;

/// <summary><see cref="EqualityComparer{T}.Default"/>.</summary>
internal sealed class EqualityComparerSurrogate<T> : Surrogate<EqualityComparer<T>>
{
    protected override void Write(PickleWriter writer, EqualityComparer<T> value)
    {
    }

    protected override EqualityComparer<T> Read(PickleReader reader, int id) => EqualityComparer<T>.Default;
}
