using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Cohort.Analyzers;

/// <summary>The fields and automatic properties that a lambda uses of the object that it is in.</summary>
internal static class Members
{
    /// <summary>All places where the lambda reads one; null if it uses the object in another way, which a copy would not serve.</summary>
    public static ExpressionSyntax[]? ReadOf(AnonymousFunctionExpressionSyntax function, SemanticModel model, CancellationToken cancellation)
    {
        if (model.GetOperation(function, cancellation) is not { } operation)
        {
            return null;
        }

        ISymbol? member = model.GetEnclosingSymbol(function.SpanStart, cancellation);
        while (member is IMethodSymbol { MethodKind: MethodKind.AnonymousFunction or MethodKind.LocalFunction })
        {
            member = member.ContainingSymbol;
        }

        TravellingTypes types = new(model.Compilation);
        HashSet<ISymbol> written = new(Writes.Below(operation).Select(static write => write.Target), SymbolEqualityComparer.Default);
        List<ExpressionSyntax> uses = [];
        foreach (IOperation used in operation.Descendants())
        {
            // A parameter of the class's own constructor, which is a field behind the scenes.
            if (used is IParameterReferenceOperation { Parameter: { ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Constructor } constructor } parameter }
                && !SymbolEqualityComparer.Default.Equals(constructor, member))
            {
                if (written.Contains(parameter) || types.Find(parameter.Type) is not null)
                {
                    return null;
                }

                uses.Add((ExpressionSyntax)used.Syntax);
                continue;
            }

            if (used is not IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance })
            {
                continue;
            }

            if (used.Parent is not IMemberReferenceOperation { Syntax: ExpressionSyntax syntax } read
                || !IsPlain(read, written)
                || read.Type is not { } type
                || types.Find(type) is not null)
            {
                return null;
            }

            uses.Add(syntax);
        }

        return [.. uses];
    }

    private static bool IsPlain(IMemberReferenceOperation read, HashSet<ISymbol> written) =>
        !written.Contains(read.Member)
        && !(read.Parent is IAssignmentOperation assignment && assignment.Target == read)
        && read.Parent is not (IIncrementOrDecrementOperation or IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out })
        && read switch
        {
            IFieldReferenceOperation => true,
            IPropertyReferenceOperation { Property: { IsIndexer: false } property } => property.ContainingType.GetMembers()
                .OfType<IFieldSymbol>().Any(field => SymbolEqualityComparer.Default.Equals(field.AssociatedSymbol, property)),
            _ => false,
        };
}
