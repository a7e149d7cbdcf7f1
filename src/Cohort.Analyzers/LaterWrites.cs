using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace Cohort.Analyzers;

/// <summary>Finds writes to a captured variable that may happen while the function runs elsewhere.</summary>
/// <remarks>
/// <para>
/// A call that waits for the function has ended before anything after it, so a later write surprises nobody. Which calls
/// wait is seen from what they return (the function's own result, or nothing), or from an await or a join around or after
/// them.
/// </para>
/// <para>
/// "Later" is by position in the text, plus the rest of loops around both that do not make the variable anew, minus
/// branches that exclude each other. What is in doubt is not warned of.
/// </para>
/// </remarks>
internal static class LaterWrites
{
    private static readonly HashSet<string> s_waits =
        ["Wait", "WaitAll", "GetResult", "Result", "Join", "JoinAsync", "TryJoin", "TryJoinAsync", "WaitForExit", "Kill"];

    /// <summary>The first write to a variable after a call that hands a function over; null if there is none.</summary>
    public static IOperation? Find(IOperation call, ISymbol variable, IOperation root, IOperation function)
    {
        if (Waits(call))
        {
            return null;
        }

        ILocalSymbol? task = ReceiverOf(call);
        return Writes.Below(root)
            .Where(write => SymbolEqualityComparer.Default.Equals(write.Target, variable) && !function.Syntax.Span.Contains(write.Place.Syntax.Span))
            .Select(static write => write.Place)
            .FirstOrDefault(place => IsLater(call.Syntax, place.Syntax, variable, out int until)
                && !(task is not null && IsWaitedFor(task, root, call.Syntax.Span.End, until)));
    }

    private static bool Waits(IOperation call)
    {
        if (call is IInvocationOperation { TargetMethod.OriginalDefinition: { } method }
            && (method.ReturnsVoid || method.ReturnType is ITypeParameterSymbol or IArrayTypeSymbol))
        {
            return true;
        }

        for (IOperation? outer = call.Parent; outer is not null && outer.Syntax is not StatementSyntax; outer = outer.Parent)
        {
            if (IsWait(outer))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWait(IOperation operation) => operation switch
    {
        IAwaitOperation => true,
        IInvocationOperation called => s_waits.Contains(called.TargetMethod.Name),
        IPropertyReferenceOperation property => s_waits.Contains(property.Property.Name),
        _ => false,
    };

    /// <summary>The variable that holds what the call gave, by itself or in a collection.</summary>
    private static ILocalSymbol? ReceiverOf(IOperation call)
    {
        for (IOperation? outer = call.Parent; outer is not null and not IBlockOperation; outer = outer.Parent)
        {
            switch (outer)
            {
                case IVariableDeclaratorOperation declarator:
                    return declarator.Symbol;
                case ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } }:
                    return local;
                case ISimpleAssignmentOperation { Target: IArrayElementReferenceOperation { ArrayReference: ILocalReferenceOperation { Local: var array } } }:
                    return array;
                case IInvocationOperation { Instance: ILocalReferenceOperation { Local: var collection } }:
                    return collection;
            }
        }

        return null;
    }

    private static bool IsWaitedFor(ILocalSymbol task, IOperation root, int from, int until) => root.Descendants()
        .OfType<ILocalReferenceOperation>()
        .Where(use => SymbolEqualityComparer.Default.Equals(use.Local, task) && use.Syntax.SpanStart >= from && use.Syntax.Span.End <= until)
        .Any(static use =>
        {
            for (IOperation? outer = use.Parent; outer is not null && outer.Syntax is not StatementSyntax; outer = outer.Parent)
            {
                if (IsWait(outer))
                {
                    return true;
                }
            }

            return false;
        });

    private static bool IsLater(SyntaxNode call, SyntaxNode write, ISymbol variable, out int until)
    {
        until = write.SpanStart;
        SyntaxNode common = call.Ancestors().First(outer => outer.Span.Contains(write.Span));
        SyntaxNode? loop = common.AncestorsAndSelf()
            .TakeWhile(static outer => outer is not (AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax or MemberDeclarationSyntax))
            .FirstOrDefault(static outer => outer is ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax);
        if (loop is not null && !IsMadeIn(loop, variable))
        {
            until = write.SpanStart > call.Span.End ? write.SpanStart : loop.Span.End;
            return true;
        }

        return write.SpanStart >= call.Span.End && !Exclude(common, call);
    }

    /// <summary>Whether each round of a loop has a variable of its own. That of a <c>for</c> is one for all rounds.</summary>
    private static bool IsMadeIn(SyntaxNode loop, ISymbol variable) =>
        variable.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is { } declaration
        && loop.Span.Contains(declaration.Span)
        && !(loop is ForStatementSyntax { Declaration: { } declared } && declared.Span.Contains(declaration.Span));

    /// <summary>Whether what comes after the call inside <paramref name="common"/> is another branch, or is never reached from the call.</summary>
    private static bool Exclude(SyntaxNode common, SyntaxNode call)
    {
        if (common is IfStatementSyntax or ElseClauseSyntax or SwitchStatementSyntax or ConditionalExpressionSyntax or SwitchExpressionSyntax)
        {
            return true;
        }

        foreach (SyntaxNode outer in call.Ancestors().TakeWhile(outer => outer != common))
        {
            SyntaxList<StatementSyntax> statements = outer switch
            {
                BlockSyntax block => block.Statements,
                SwitchSectionSyntax section => section.Statements,
                _ => default,
            };
            if (outer is ReturnStatementSyntax or ThrowStatementSyntax
                || (statements.LastOrDefault() is ReturnStatementSyntax or ThrowStatementSyntax or ContinueStatementSyntax
                        or BreakStatementSyntax { Parent: not SwitchSectionSyntax }
                    && outer != common))
            {
                return true;
            }
        }

        return false;
    }
}
