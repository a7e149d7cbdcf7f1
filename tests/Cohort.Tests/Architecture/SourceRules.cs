using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cohort.Tests.Architecture;

/// <summary>Rules over source files, given as a path relative to the project's folder and its text.</summary>
internal static class SourceRules
{
    public const int MostLines = 400;

    public static IEnumerable<string> TooLong(string path, string text)
    {
        int lines = text.Count(static c => c == '\n') + (text.EndsWith('\n') || text.Length == 0 ? 0 : 1);
        return lines > MostLines ? [$"{path} has {lines} lines, and {MostLines} are the most: split it by aspect"] : [];
    }

    /// <summary>
    /// A file's namespace is the root's followed by its folders, all or only the first ones: a folder may group files
    /// without a namespace of its own, and headline nouns have the root's alone.
    /// </summary>
    public static IEnumerable<string> StrayNamespaces(string path, string text, string root)
    {
        string folder = Path.GetDirectoryName(path)!.Replace(Path.DirectorySeparatorChar, '.');
        string whole = folder.Length == 0 ? root : $"{root}.{folder}";
        CompilationUnitSyntax unit = CSharpSyntaxTree.ParseText(text, new(LanguageVersion.Latest)).GetCompilationUnitRoot();
        return unit.Members.OfType<BaseNamespaceDeclarationSyntax>()
            .Select(static declared => declared.Name.ToString())
            .Where(name => !$"{whole}.".StartsWith($"{name}.", StringComparison.Ordinal))
            .Select(name => $"{path} declares namespace {name}, and its folder says {whole}");
    }
}
