namespace Cohort.Serializing;

/// <summary>How a part of a type blob starts.</summary>
internal enum TypeNode : byte
{
    /// <summary>A code of <see cref="WellKnownTypes"/>.</summary>
    WellKnown,

    /// <summary>Assembly and metadata row of a class that is not generic, or of a generic definition.</summary>
    Definition,

    /// <summary>A definition and its arguments.</summary>
    Constructed,

    /// <summary>An array from zero with one dimension.</summary>
    Vector,

    /// <summary>Any other array: rank and element.</summary>
    ShapedArray,

    Pointer,

    ByRef,

    /// <summary>A type parameter: the definition it belongs to and its position.</summary>
    TypeParameter,

    /// <summary>A type parameter of a method: declaring type, method token, position.</summary>
    MethodParameter,
}
