using Cohort.Analyzers;
using Cohort.Tests.Support;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Cohort.Tests.Analyzers;

/// <summary>A program as the analyzers see it: what they say, and what it is after their fix.</summary>
internal static class Analyzed
{
    private static readonly string s_library = Path.Combine(AppContext.BaseDirectory, "Cohort.dll");

    /// <summary>What is said of a program that compiles without an error, in the order of the text.</summary>
    public static async Task<Diagnostic[]> DiagnosticsOf(string source)
    {
        CSharpCompilation compilation = Compiled.Compilation(source, s_library);
        string[] errors = [.. compilation.GetDiagnostics()
            .Where(static found => found.Severity == DiagnosticSeverity.Error)
            .Select(static found => found.ToString())];
        Assert.True(errors.Length == 0, $"{(source.Length < 4000 ? source : "The program")}\ndoes not compile:\n{string.Join('\n', errors)}");

        List<Exception> faults = [];
        CompilationWithAnalyzers analysis = new(
            compilation,
            [new PickledAnalyzer()],
            new CompilationWithAnalyzersOptions(
                new AnalyzerOptions([]),
                (fault, _, _) => { lock (faults) { faults.Add(fault); } },
                concurrentAnalysis: false,
                logAnalyzerExecutionTime: false));
        Diagnostic[] found = [.. (await analysis.GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken))
            .OrderBy(static said => said.Location.SourceSpan.Start).ThenBy(static said => said.Id)];
        Assert.Empty(faults);
        return found;
    }

    /// <summary>As "COHORT001 stream", the id and the text that it is about.</summary>
    public static async Task<string[]> Said(string source) =>
        [.. (await DiagnosticsOf(source)).Select(said => $"{said.Id} {source.Substring(said.Location.SourceSpan.Start, said.Location.SourceSpan.Length)}")];

    /// <summary>The program after the fix for its only warning; null if none is offered.</summary>
    public static async Task<string?> FixOf(string source)
    {
        Diagnostic diagnostic = Assert.Single(await DiagnosticsOf(source));
        using AdhocWorkspace workspace = new();
        Project project = workspace.AddProject("Fixture", LanguageNames.CSharp)
            .WithCompilationOptions(Compiled.Compilation(source).Options)
            .WithParseOptions(new CSharpParseOptions(LanguageVersion.Latest));
        CSharpCompilation compilation = Compiled.Compilation(source, s_library);
        project = project.AddMetadataReferences(compilation.References);
        foreach (SyntaxTree tree in compilation.SyntaxTrees.Where(static tree => tree.FilePath != "Program.cs"))
        {
            project = project.AddDocument(tree.FilePath, tree.GetText()).Project;
        }

        Document document = project.AddDocument("Program.cs", SourceText.From(source));
        List<CodeAction> actions = [];
        SyntaxTree own = (await document.GetSyntaxTreeAsync())!;
        Diagnostic here = Diagnostic.Create(diagnostic.Descriptor, Location.Create(own, diagnostic.Location.SourceSpan));
        await new CopyToLocalFix().RegisterCodeFixesAsync(
            new CodeFixContext(document, here, (action, _) => actions.Add(action), TestContext.Current.CancellationToken));
        if (actions.Count == 0)
        {
            return null;
        }

        ApplyChangesOperation change = Assert.Single((await Assert.Single(actions).GetOperationsAsync(TestContext.Current.CancellationToken)).OfType<ApplyChangesOperation>());
        return (await change.ChangedSolution.GetDocument(document.Id)!.GetTextAsync()).ToString();
    }
}
