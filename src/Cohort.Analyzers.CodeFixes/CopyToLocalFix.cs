using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cohort.Analyzers;

/// <summary>
/// Copies what the function needs to local variables before it is handed over: the fields and properties of <c>this</c>
/// that a lambda reads, so that it does not capture the object, or a variable that is written later.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
public sealed class CopyToLocalFix : CodeFixProvider
{
    private const string Title = "Copy to a local variable";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = [Rules.CaptureCannotTravelId, Rules.WrittenLaterId];

    /// <inheritdoc/>
    public override FixAllProvider? GetFixAllProvider() => null;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        SemanticModel? model = await context.Document.GetSemanticModelAsync(context.CancellationToken).ConfigureAwait(false);
        if (root is null || model is null)
        {
            return;
        }

        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            SyntaxNode place = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (Change(root, model, place, diagnostic.Id, context.CancellationToken) is { } changed)
            {
                context.RegisterCodeFix(
                    CodeAction.Create(Title, _ => Task.FromResult(context.Document.WithSyntaxRoot(changed)), equivalenceKey: Title),
                    diagnostic);
            }
        }
    }

    private static SyntaxNode? Change(SyntaxNode root, SemanticModel model, SyntaxNode place, string id, CancellationToken cancellation)
    {
        // The function that was handed over is the outermost one whose statement can have a copy before it.
        AnonymousFunctionExpressionSyntax? function = place.AncestorsAndSelf().OfType<AnonymousFunctionExpressionSyntax>()
            .FirstOrDefault(static candidate => LocalCopies.StatementOf(candidate) is not null);
        if (function is null || LocalCopies.StatementOf(function) is not { } statement)
        {
            return null;
        }

        ExpressionSyntax[]? uses = id == Rules.WrittenLaterId
            ? UsesOfVariable(function, model, place, cancellation)
            : Members.ReadOf(function, model, cancellation);
        return uses is not null && uses.Any(use => use.Span.Contains(place.Span)) && !uses.Any(NamesMember)
            ? Replace(root, model, statement, function, uses, cancellation)
            : null;
    }

    private static ExpressionSyntax[]? UsesOfVariable(
        AnonymousFunctionExpressionSyntax function, SemanticModel model, SyntaxNode place, CancellationToken cancellation) =>
        model.GetSymbolInfo(place, cancellation).Symbol is { } variable and (ILocalSymbol or IParameterSymbol)
            ? [.. function.DescendantNodes().OfType<IdentifierNameSyntax>()
                .Where(name => name.Identifier.ValueText == variable.Name
                    && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(name, cancellation).Symbol, variable))]
            : null;

    private static SyntaxNode Replace(
        SyntaxNode root,
        SemanticModel model,
        StatementSyntax statement,
        AnonymousFunctionExpressionSyntax function,
        ExpressionSyntax[] uses,
        CancellationToken cancellation)
    {
        Dictionary<ISymbol, string> names = new(SymbolEqualityComparer.Default);
        List<StatementSyntax> declarations = [];
        Dictionary<SyntaxNode, string> replacements = [];
        foreach (ExpressionSyntax use in uses)
        {
            ISymbol symbol = model.GetSymbolInfo(use, cancellation).Symbol!;
            if (!names.TryGetValue(symbol, out string? name))
            {
                bool isMember = symbol is IFieldSymbol or IPropertySymbol;
                name = Naming.Free(isMember ? Naming.OfLocal(symbol.Name) : symbol.Name + "Copy", function);
                names.Add(symbol, name);
                declarations.Add(LocalCopies.Declare(LocalCopies.TypeText(TypeOf(symbol), model, statement.SpanStart), name, use));
            }

            replacements.Add(use, name);
        }

        StatementSyntax changed = statement.ReplaceNodes(uses, (use, _) => SyntaxFactory.IdentifierName(replacements[use]).WithTriviaFrom(use));
        return LocalCopies.InsertBefore(root, statement, declarations, changed);
    }

    private static ITypeSymbol TypeOf(ISymbol symbol) => symbol switch
    {
        IFieldSymbol field => field.Type,
        IPropertySymbol property => property.Type,
        ILocalSymbol local => local.Type,
        _ => ((IParameterSymbol)symbol).Type,
    };

    /// <summary>In <c>new { Title }</c> and <c>(Title, 1)</c> the name is also that of a member, which may not change.</summary>
    private static bool NamesMember(ExpressionSyntax use) =>
        use.Parent is AnonymousObjectMemberDeclaratorSyntax { NameEquals: null } or ArgumentSyntax { NameColon: null, Parent: TupleExpressionSyntax };
}
