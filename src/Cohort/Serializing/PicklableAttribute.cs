namespace Cohort.Serializing;

/// <summary>Names the <see cref="IPickler{T}"/> that carries values of this type to another process.</summary>
/// <remarks>
/// The pickler needs a parameterless constructor. For a generic type it may be an open generic type with the same
/// parameters. The attribute is not inherited, because a pickler of a base type would lose what a derived type adds.
/// </remarks>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class PicklableAttribute : Attribute
{
    /// <summary>Names the pickler.</summary>
    /// <param name="picklerType">A type that implements <see cref="IPickler{T}"/> of the annotated type.</param>
    public PicklableAttribute(Type picklerType)
    {
        ArgumentNullException.ThrowIfNull(picklerType);
        PicklerType = picklerType;
    }

    /// <summary>The type of the pickler.</summary>
    public Type PicklerType { get; }
}
