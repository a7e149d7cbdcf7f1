using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Cohort.Tests.Support;

/// <summary>Compiles C# text inside the test process, with the language version and usings that our projects have.</summary>
internal static class Compiled
{
    private const string ImplicitUsings =
        """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Latest);
    private static readonly Lazy<MetadataReference[]> s_references = new(FrameworkReferences);
    private static readonly Lazy<SyntaxTree> s_usings = new(static () => Parse(ImplicitUsings, "Usings.cs"));

    /// <summary>A library of the given sources, as the bytes of its file.</summary>
    public static byte[] Library(params string[] sources) =>
        Emit("Fixture", OutputKind.DynamicallyLinkedLibrary, [.. sources.Select(Parse)], []);

    /// <summary>A console program of one file, which may refer to the given assemblies beside the framework's.</summary>
    public static byte[] Program(string assemblyName, string source, string sourceName, params string[] references) =>
        Emit(assemblyName, OutputKind.ConsoleApplication, [Parse(source, sourceName)], references);

    /// <summary>A console program of one file as the compiler sees it, for analyzers.</summary>
    public static CSharpCompilation Compilation(string source, params string[] references) =>
        Create("Fixture", OutputKind.ConsoleApplication, [Parse(source, "Program.cs")], references);

    private static SyntaxTree Parse(string source, int index) => Parse(source, $"Source{index}.cs");

    private static SyntaxTree Parse(string source, string name) =>
        CSharpSyntaxTree.ParseText(source, s_parse, name, System.Text.Encoding.UTF8);

    private static CSharpCompilation Create(string name, OutputKind kind, SyntaxTree[] trees, string[] references)
    {
        CSharpCompilationOptions options = new(
            kind,
            optimizationLevel: OptimizationLevel.Release,
            allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Enable,
            warningLevel: 4);
        return CSharpCompilation.Create(
            name,
            [s_usings.Value, .. trees],
            [.. s_references.Value, .. references.Select(static path => MetadataReference.CreateFromFile(path))],
            options);
    }

    private static byte[] Emit(string name, OutputKind kind, SyntaxTree[] trees, string[] references)
    {
        CSharpCompilation compilation = Create(name, kind, trees, references);
        using MemoryStream image = new();
        EmitResult result = compilation.Emit(image, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.Embedded));
        string[] complaints = [.. result.Diagnostics
            .Where(static found => found.Severity >= DiagnosticSeverity.Warning)
            .Select(static found => found.ToString())];
        Assert.True(result.Success && complaints.Length == 0, $"{name} does not compile cleanly:\n{string.Join('\n', complaints)}");
        return image.ToArray();
    }

    private static MetadataReference[] FrameworkReferences()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        return [.. trusted.Split(Path.PathSeparator)
            .Where(path => path.StartsWith(framework, StringComparison.Ordinal))
            .Select(static path => MetadataReference.CreateFromFile(path))];
    }
}
