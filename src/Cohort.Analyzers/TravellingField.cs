using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cohort.Analyzers;

/// <summary>A field of a type in source, under the name that its author knows: of the field, property or parameter.</summary>
internal readonly struct TravellingField(string name, ITypeSymbol type)
{
    public string Name { get; } = name;

    public ITypeSymbol Type { get; } = type;

    /// <summary>The fields that a type declares and that go with its objects.</summary>
    public static IEnumerable<TravellingField> Of(INamedTypeSymbol type)
    {
        foreach (ISymbol member in type.GetMembers())
        {
            if (member is IFieldSymbol { IsStatic: false, IsConst: false } field && !StaysBehind(field))
            {
                yield return new TravellingField(field.AssociatedSymbol?.Name ?? field.Name, field.Type);
            }
        }

        foreach (IParameterSymbol parameter in KeptParameters(type))
        {
            yield return new TravellingField(parameter.Name, parameter.Type);
        }
    }

    private static bool StaysBehind(IFieldSymbol field) =>
        field.GetAttributes().Any(static attribute => attribute.AttributeClass?.Name == "NonSerializedAttribute");

    /// <summary>Parameters of a primary constructor that members use: the compiler makes fields of them that have no symbol.</summary>
    private static IEnumerable<IParameterSymbol> KeptParameters(INamedTypeSymbol type)
    {
        TypeDeclarationSyntax[] parts = [.. type.DeclaringSyntaxReferences.Select(static part => part.GetSyntax()).OfType<TypeDeclarationSyntax>()];
        ParameterListSyntax? list = parts.Select(static part => part.ParameterList).FirstOrDefault(static list => list is not null);
        if (list is null || type.IsRecord)
        {
            return [];
        }

        IMethodSymbol? constructor = type.InstanceConstructors.FirstOrDefault(candidate =>
            candidate.DeclaringSyntaxReferences.Any(part => part.GetSyntax() is TypeDeclarationSyntax declared && declared.ParameterList == list));
        HashSet<string> used = [.. parts.SelectMany(static part => part.Members).SelectMany(Bodies)
            .SelectMany(static body => body.DescendantNodesAndSelf())
            .OfType<IdentifierNameSyntax>()
            .Select(static name => name.Identifier.ValueText)];
        return constructor?.Parameters.Where(parameter => used.Contains(parameter.Name)) ?? [];
    }

    /// <summary>What runs after construction. Initializers of fields and properties use the parameter itself.</summary>
    private static IEnumerable<SyntaxNode> Bodies(MemberDeclarationSyntax member) => member switch
    {
        BaseMethodDeclarationSyntax method when !method.Modifiers.Any(SyntaxKind.StaticKeyword) => Present(method.Body, method.ExpressionBody),
        PropertyDeclarationSyntax property => Present(property.AccessorList, property.ExpressionBody),
        IndexerDeclarationSyntax indexer => Present(indexer.AccessorList, indexer.ExpressionBody),
        EventDeclarationSyntax @event => Present(@event.AccessorList),
        _ => [],
    };

    private static IEnumerable<SyntaxNode> Present(params SyntaxNode?[] nodes) => nodes.OfType<SyntaxNode>();
}
