using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Cohort.Analyzers;

/// <summary>What travels with a lambda although only other lambdas capture it.</summary>
/// <remarks>
/// The compiler makes one closure object for each scope that has captured variables, and all lambdas there share it. So a
/// lambda takes along what another one captures of the same scope. A closure also points to that of the scope around it
/// where one of its lambdas needs both.
/// </remarks>
internal static class ClosureScopes
{
    /// <summary>The variables that are taken along, without those that the function itself captures; and whether the object is.</summary>
    public static (IReadOnlyCollection<ISymbol> Variables, bool This) TakenAlong(
        IAnonymousFunctionOperation function, Captures own, ISymbol member)
    {
        HashSet<SyntaxNode> scopes = [.. own.Variables.Keys.Select(ScopeOf).OfType<SyntaxNode>()];
        if (scopes.Count == 0)
        {
            return ([], false);
        }

        Captures[] others = [.. OthersIn(function).Select(other => Captures.Of(other, other.Symbol, member))];
        HashSet<ISymbol> variables = new(SymbolEqualityComparer.Default);
        bool takesThis = false;
        int before;
        do
        {
            before = scopes.Count;
            foreach (Captures other in others)
            {
                SyntaxNode[] shared = [.. other.Variables.Keys.Select(ScopeOf).OfType<SyntaxNode>().Where(scopes.Contains).Distinct()];
                if (shared.Length == 0)
                {
                    continue;
                }

                takesThis |= other.This is not null;
                foreach (ISymbol variable in other.Variables.Keys)
                {
                    if (ScopeOf(variable) is { } scope
                        && shared.Any(inner => inner == scope || scope.Contains(inner)))
                    {
                        scopes.Add(scope);
                        if (!own.Variables.ContainsKey(variable))
                        {
                            variables.Add(variable);
                        }
                    }
                }
            }
        }
        while (scopes.Count > before);

        IOperation root = RootOf(function);
        variables.RemoveWhere(variable => !HasValue(variable, root, function.Syntax.SpanStart));
        return (variables, takesThis && own.This is null);
    }

    /// <summary>Whether a variable is set above a place. Else it is null there, and null travels.</summary>
    private static bool HasValue(ISymbol variable, IOperation root, int position) =>
        variable.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is not VariableDeclaratorSyntax declarator
        || (declarator.Initializer is { } initializer && initializer.Span.End <= position)
        || Writes.Below(root).Any(write => SymbolEqualityComparer.Default.Equals(write.Target, variable) && write.Place.Syntax.SpanStart < position);

    private static IOperation RootOf(IOperation operation)
    {
        while (operation.Parent is { } parent)
        {
            operation = parent;
        }

        return operation;
    }

    private static IEnumerable<IAnonymousFunctionOperation> OthersIn(IAnonymousFunctionOperation function)
    {
        // A lambda inside the function, or around it, has no closure beside the function's.
        return RootOf(function).Descendants().OfType<IAnonymousFunctionOperation>()
            .Where(other => !function.Syntax.Contains(other.Syntax) && !other.Syntax.Contains(function.Syntax));
    }

    /// <summary>
    /// The syntax that a variable lives in; null for one that is not written anywhere, as queries have. Parameters and the
    /// outermost locals of a function live in one scope.
    /// </summary>
    private static SyntaxNode? ScopeOf(ISymbol variable)
    {
        SyntaxNode? declaration = variable.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax()
            ?? variable.ContainingSymbol?.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();
        if (declaration is null)
        {
            return null;
        }

        SyntaxNode scope = declaration.AncestorsAndSelf().FirstOrDefault(static node => node
            is BlockSyntax or ForStatementSyntax or CommonForEachStatementSyntax or UsingStatementSyntax or FixedStatementSyntax
            or SwitchStatementSyntax or CatchClauseSyntax or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax
            or BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or ArrowExpressionClauseSyntax
            or TypeDeclarationSyntax or CompilationUnitSyntax) ?? declaration;
        return scope is BlockSyntax or ArrowExpressionClauseSyntax
            && scope.Parent is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax
            ? scope.Parent!
            : scope;
    }
}
