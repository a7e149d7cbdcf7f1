using Microsoft.CodeAnalysis;

namespace Cohort.Analyzers;

/// <summary>Why a type cannot travel: what is in the way, where in it that is, and what to do.</summary>
/// <param name="path">From the value to what is in the way, such as ".Log.Stream"; empty for the value itself.</param>
/// <param name="type">The type that is in the way.</param>
/// <param name="reason">The end of a sentence that starts with the type's name.</param>
internal sealed class Obstacle(string path, ITypeSymbol type, string reason)
{
    public string Path { get; } = path;

    public ITypeSymbol Type { get; } = type;

    public string Reason { get; } = reason;

    public Obstacle Below(string step) => new(step + Path, Type, Reason);

    /// <summary>As the exception at run time says it: the path from a name, then the type and its reason.</summary>
    public string Describe(string root)
    {
        string fault = $"{Type.WithNullableAnnotation(NullableAnnotation.None).ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)} {Reason}";
        return Path.Length == 0 ? fault : $"{root}{Path}: {fault}";
    }
}
