namespace Cohort.Tests.Support;

/// <summary>The checkout that these tests were built in, for tests that read sources, documents and project files.</summary>
internal static class RepositoryFolder
{
    /// <summary>
    /// The folder that holds the solution. It is searched upwards from the test binaries: a path that the compiler
    /// recorded would be rewritten by a deterministic build.
    /// </summary>
    public static string Root { get; } = Find();

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    /// <summary>The C# files below a folder of the checkout, without build output.</summary>
    public static IEnumerable<string> SourcesBelow(string folder) =>
        Directory.EnumerateFiles(PathOf(folder), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !IsBuildOutput(path))
            .Order(StringComparer.Ordinal);

    private static bool IsBuildOutput(string path)
    {
        string relative = Path.GetRelativePath(Root, path);
        return relative.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj");
    }

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cohort.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds Cohort.slnx");
    }
}
