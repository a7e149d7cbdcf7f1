using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace Cohort.Analyzers;

/// <summary>Puts declarations of local variables in front of the statement that hands a function over.</summary>
internal static class LocalCopies
{
    /// <summary>The statement that a new one can stand before, so that it runs right before the function is handed over.</summary>
    public static StatementSyntax? StatementOf(SyntaxNode function)
    {
        foreach (SyntaxNode outer in function.Ancestors())
        {
            switch (outer)
            {
                // The copy would be made outside of the function around, which may run at another time.
                case AnonymousFunctionExpressionSyntax or ArrowExpressionClauseSyntax or MemberDeclarationSyntax and not GlobalStatementSyntax:
                    return null;
                case ExpressionStatementSyntax or LocalDeclarationStatementSyntax or ReturnStatementSyntax or YieldStatementSyntax or ThrowStatementSyntax:
                    return outer.Parent is LabeledStatementSyntax ? null : (StatementSyntax)outer;
                case StatementSyntax:
                    return null;
            }
        }

        return null;
    }

    public static StatementSyntax Declare(string type, string name, ExpressionSyntax value) =>
        SyntaxFactory.ParseStatement($"{type} {name} = {value.WithoutTrivia()};").WithAdditionalAnnotations(Formatter.Annotation);

    /// <summary>The text of a type for a declaration; <c>var</c> for one that has no name.</summary>
    public static string TypeText(ITypeSymbol type, SemanticModel model, int position) =>
        type is INamedTypeSymbol { IsAnonymousType: true } ? "var" : type.ToMinimalDisplayString(model, position);

    /// <summary>The document's root with the declarations before <paramref name="statement"/>, whose new form is <paramref name="changed"/>.</summary>
    public static SyntaxNode InsertBefore(SyntaxNode root, StatementSyntax statement, IReadOnlyList<StatementSyntax> declarations, StatementSyntax changed)
    {
        SyntaxTriviaList leading = statement.GetLeadingTrivia();
        SyntaxTriviaList indent = [.. leading.Reverse().TakeWhile(static trivia => trivia.IsKind(SyntaxKind.WhitespaceTrivia)).Reverse()];
        SyntaxTrivia newLine = SyntaxFactory.EndOfLine(root.ToFullString().Contains("\r\n") ? "\r\n" : "\n");
        StatementSyntax[] all =
        [
            .. declarations.Select((declaration, i) => declaration.WithLeadingTrivia(i == 0 ? leading : indent).WithTrailingTrivia(newLine)),
            changed.WithLeadingTrivia(indent),
        ];
        switch (statement.Parent)
        {
            case BlockSyntax or SwitchSectionSyntax:
                return root.ReplaceNode(statement, all);
            case GlobalStatementSyntax global:
                return root.ReplaceNode(global, all.Select(SyntaxFactory.GlobalStatement));
            default:
                // The single statement of an if or a loop.
                return root.ReplaceNode(
                    statement, SyntaxFactory.Block(all.Select(static part => part.WithoutLeadingTrivia())).WithAdditionalAnnotations(Formatter.Annotation));
        }
    }
}
