namespace Cohort.Serializing;

/// <summary>How an object's content is written, once it is known that it is new and of which type.</summary>
internal abstract class Body
{
    /// <summary>The number given to values that are not objects.</summary>
    public const int NoObject = -1;

    /// <summary>The type that is written for the reader to find its body by; a public base type for many internal ones.</summary>
    public abstract Type WireType { get; }

    /// <summary>Whether the read gives an existing object, whose type says nothing about <see cref="WireType"/>.</summary>
    public virtual bool IsSubstitute => false;

    public abstract void WriteObject(PickleWriter writer, object value);

    /// <summary>
    /// Reads the content. A body whose parts may refer back to the object calls
    /// <see cref="PickleReader.SetObject"/> with <paramref name="id"/> before it reads them.
    /// </summary>
    public abstract object ReadObject(PickleReader reader, int id);

    /// <summary>Throws if the type cannot travel, before its name is written.</summary>
    public virtual void EnsureAllowed(PickleWriter writer)
    {
    }

    /// <summary>Whether an object can be allocated first and filled later, so that the next four methods work.</summary>
    public virtual bool CanDefer => false;

    /// <summary>Writes what <see cref="ReadShape"/> needs to allocate the object.</summary>
    public virtual void WriteShape(PickleWriter writer, object value) => throw new NotSupportedException();

    public virtual void WriteContent(PickleWriter writer, object value) => throw new NotSupportedException();

    public virtual object ReadShape(PickleReader reader) => throw new NotSupportedException();

    public virtual void ReadContent(PickleReader reader, object value) => throw new NotSupportedException();
}
