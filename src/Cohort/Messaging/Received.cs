using System.Diagnostics.CodeAnalysis;

namespace Cohort.Messaging;

/// <summary>What an asynchronous attempt to receive, or to take from a queue, came to: a value, or none in time.</summary>
/// <typeparam name="T">The value's type.</typeparam>
[SuppressMessage("Naming", "CA1711", Justification = "It is no collection.")]
public readonly record struct Received<T>
{
    private readonly T _value;

    internal Received(T value)
    {
        _value = value;
        HasValue = true;
    }

    /// <summary>Whether there is a value.</summary>
    public bool HasValue { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">There is none: nothing came in time.</exception>
    public T Value => HasValue ? _value : throw new InvalidOperationException("Nothing came in time.");

    /// <summary>The value if there is one.</summary>
    /// <param name="value">The value, or the type's default.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetValue([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        return HasValue;
    }
}
