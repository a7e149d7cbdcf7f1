namespace Cohort.Sharing;

/// <summary>As a list whose length nobody can change: what would is refused.</summary>
public sealed partial class RawSharedArray<T> : IList<T>
{
    int ICollection<T>.Count => Length;

    bool ICollection<T>.IsReadOnly => false;

    T IList<T>.this[int index]
    {
        get => this[index];
        set => this[index] = value;
    }

    /// <summary>The first place of a value, or -1.</summary>
    /// <param name="item">Compared by its type's default comparer.</param>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public int IndexOf(T item)
    {
        EqualityComparer<T> comparer = EqualityComparer<T>.Default;
        for (int i = 0; i < Length; i++)
        {
            if (comparer.Equals(this[i], item))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Whether a value is there.</summary>
    /// <param name="item">Compared by its type's default comparer.</param>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public bool Contains(T item) => IndexOf(item) >= 0;

    /// <summary>Copies all elements.</summary>
    /// <param name="array">Where to.</param>
    /// <param name="arrayIndex">The first place there.</param>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public void CopyTo(T[] array, int arrayIndex)
    {
        Span.CopyTo(array.AsSpan(arrayIndex));
        GC.KeepAlive(this);
    }

    void ICollection<T>.Add(T item) => throw FixedLength();

    void ICollection<T>.Clear() => throw FixedLength();

    bool ICollection<T>.Remove(T item) => throw FixedLength();

    void IList<T>.Insert(int index, T item) => throw FixedLength();

    void IList<T>.RemoveAt(int index) => throw FixedLength();

    private static NotSupportedException FixedLength() => new(
        "A shared array has the length that it was made with: other processes have it mapped. Make a larger one and copy.");
}
