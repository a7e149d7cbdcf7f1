namespace Cohort.Tests.Architecture;

/// <summary>
/// One top-level type as its metadata and its code show it. What nested types do (closures, state machines, local
/// functions among them) counts as done by the top-level type around them.
/// </summary>
internal sealed class InspectedType(string @namespace, string name, bool isCompilerMade)
{
    public string Namespace { get; } = @namespace;

    public string Name { get; } = name;

    public string FullName => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";

    public bool IsCompilerMade { get; } = isCompilerMade;

    /// <summary>Types of the same assembly that this one mentions anywhere, each with one place as evidence.</summary>
    public Dictionary<string, string> UsedTypes { get; } = new(StringComparer.Ordinal);

    /// <summary>Members of other assemblies that its code calls or reads ("System.Console.Write"), with one place each.</summary>
    public Dictionary<string, string> UsedMembers { get; } = new(StringComparer.Ordinal);

    /// <summary>Methods that are imported from a native library.</summary>
    public List<string> NativeImports { get; } = [];
}
