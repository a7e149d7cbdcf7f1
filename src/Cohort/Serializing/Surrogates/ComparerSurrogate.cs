namespace Cohort.Serializing;

/// <summary><see cref="Comparer{T}.Default"/>.</summary>
internal sealed class ComparerSurrogate<T> : Surrogate<Comparer<T>>
{
    protected override void Write(PickleWriter writer, Comparer<T> value)
    {
    }

    protected override Comparer<T> Read(PickleReader reader, int id) => Comparer<T>.Default;
}
