namespace Cohort.Serializing;

/// <summary>
/// Says how values of one type cross to another process, instead of field by field. Name it with
/// <see cref="PicklableAttribute"/> on the type, or register it with <see cref="Picklers.Register{T}"/>.
/// </summary>
/// <typeparam name="T">The exact type; derived types are not covered.</typeparam>
/// <remarks>One instance serves all threads at once. <see cref="Read"/> must read what <see cref="Write"/> wrote, no more and no less.</remarks>
public interface IPickler<T>
{
    /// <summary>Writes <paramref name="value"/>, which is never null.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The value.</param>
    void Write(PickleWriter writer, T value);

    /// <summary>Rebuilds a value from what <see cref="Write"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    /// <returns>The value; never null.</returns>
    T Read(PickleReader reader);
}
