namespace Cohort.Samples.DocIndex.Scanning;

/// <summary>Finds the root folder of the installed SDK: the one with <c>packs</c> in it.</summary>
internal static class SdkLocator
{
    /// <returns>The folder, or null when none of the places that a root can be known from leads to one.</returns>
    public static string? Find() => Candidates().FirstOrDefault(static root => Directory.Exists(Path.Combine(root, "packs")));

    private static IEnumerable<string> Candidates()
    {
        // ROOT/shared/Microsoft.NETCore.App/VERSION/System.Private.CoreLib.dll
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location) ?? "";
        if (runtime.Length > 0)
        {
            yield return Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        }

        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root)
        {
            yield return root;
        }

        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
        {
            string host = Path.Combine(folder, name);
            if (folder.Length > 0 && File.Exists(host))
            {
                // Distributions put a link into the path, and the root is where it leads.
                string target = File.ResolveLinkTarget(host, returnFinalTarget: true)?.FullName ?? host;
                yield return Path.GetDirectoryName(target) ?? folder;
            }
        }
    }
}
