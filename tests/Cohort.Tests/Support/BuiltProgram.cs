namespace Cohort.Tests.Support;

/// <summary>A program of this repository that is built before the tests, with the same configuration.</summary>
internal static class BuiltProgram
{
    /// <param name="folder">The folder of the project, below the checkout.</param>
    /// <param name="assembly">The assembly's name.</param>
    public static string PathOf(string folder, string assembly)
    {
        // .../tests/Cohort.Tests/bin/CONFIGURATION/net10.0/
        string[] parts = AppContext.BaseDirectory.TrimEnd('/').Split('/');
        return RepositoryFolder.PathOf(folder, "bin", parts[^2], parts[^1], $"{assembly}.dll");
    }
}
