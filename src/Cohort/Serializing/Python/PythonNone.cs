namespace Cohort.Serializing.Python;

/// <summary>
/// Python's <c>None</c> where .NET allows no null: as a key of a dictionary. Everywhere else <c>None</c> is null.
/// </summary>
public sealed class PythonNone
{
    private PythonNone()
    {
    }

    /// <summary>The one there is.</summary>
    public static PythonNone Value { get; } = new();

    /// <summary>Whether the other is one too.</summary>
    public override bool Equals(object? obj) => obj is PythonNone;

    /// <summary>The hash code of null in the collections of .NET.</summary>
    public override int GetHashCode() => 0;

    /// <summary>None, as Python shows it.</summary>
    public override string ToString() => "None";
}
