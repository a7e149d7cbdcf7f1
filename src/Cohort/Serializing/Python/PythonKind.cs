namespace Cohort.Serializing.Python;

/// <summary>What an object of .NET becomes in Python.</summary>
internal enum PythonKind
{
    /// <summary>Nothing: it is refused.</summary>
    None,
    Integer,
    UnsignedInteger,
    BigInteger,
    Float,
    Character,
    Bytes,
    Memory,

    /// <summary>Those up to here have no items.</summary>
    LastLeaf = Memory,
    Tuple,
    List,
    Dict,
    Set,
    FrozenSet,
}
