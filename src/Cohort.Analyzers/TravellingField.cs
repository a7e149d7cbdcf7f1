using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Cohort.Analyzers;

/// <summary>A field of a type in source, under the name that its author knows: of the field, property or parameter.</summary>
internal readonly struct TravellingField(string name, ITypeSymbol type)
{
    public string Name { get; } = name;

    public ITypeSymbol Type { get; } = type;

    /// <summary>The fields that a type declares and that go with its objects.</summary>
    public static IEnumerable<TravellingField> Of(INamedTypeSymbol type) => type.GetMembers()
        .OfType<IFieldSymbol>()
        .Where(static field => field is { IsStatic: false, IsConst: false } && !StaysBehind(field))
        .Select(static field => new TravellingField(NameOf(field), field.Type));

    private static bool StaysBehind(IFieldSymbol field) =>
        field.GetAttributes().Any(static attribute => attribute.AttributeClass?.Name == "NonSerializedAttribute");

    /// <summary>The compiler's own field for a parameter of a primary constructor is called "&lt;name&gt;P".</summary>
    private static string NameOf(IFieldSymbol field)
    {
        if (field.AssociatedSymbol is { } property)
        {
            return property.Name;
        }

        int end = field.Name.IndexOf('>');
        return field.Name.StartsWith("<", System.StringComparison.Ordinal) && end > 0 ? field.Name.Substring(1, end - 1) : field.Name;
    }
}
