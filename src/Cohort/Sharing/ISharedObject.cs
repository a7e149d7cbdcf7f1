namespace Cohort.Sharing;

/// <summary>What <see cref="SharedObjectPickler{T}"/> has to know of a type.</summary>
internal interface ISharedObject<T>
    where T : SharedObject, ISharedObject<T>
{
    static abstract SharedKind Kind { get; }

    /// <summary>An object that stands for a cell from elsewhere, which it owns.</summary>
    /// <exception cref="InvalidDataException">What lies there cannot be such an object.</exception>
    static abstract T FromCell(SharedCell cell);
}
