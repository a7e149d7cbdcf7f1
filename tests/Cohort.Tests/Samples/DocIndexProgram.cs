using Cohort.Tests.Support;

namespace Cohort.Tests.Samples;

/// <summary>The built sample, as its users start it.</summary>
internal static class DocIndexProgram
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(150);

    private static readonly string s_assembly = BuiltProgram.PathOf("samples/DocIndex", "DocIndex");

    public static Task<ProgramRun> RunAsync(params string[] arguments) =>
        ProgramRun.RunAsync(ProgramRun.Dotnet, [s_assembly, .. arguments], s_longest);

    /// <summary>The value of a line such as <c>sha256: abc</c>.</summary>
    public static string ValueOf(string name, ProgramRun run)
    {
        string line = Assert.Single(run.Output.Split('\n'), line => line.StartsWith(name + ":", StringComparison.Ordinal));
        return line[(name.Length + 1)..].Trim();
    }
}
