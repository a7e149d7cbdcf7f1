using System.Globalization;
using System.Text.RegularExpressions;
using Cohort.Tests.Support;

namespace Cohort.Tests.Verification;

/// <summary>One search through one model: Spin writes a C program for it, which is compiled and run.</summary>
internal sealed partial record SpinRun(string Output)
{
    /// <summary>Megabytes. A search that needs more has become too large for a test.</summary>
    private const int MemoryLimit = 2048;

    /// <summary>Steps of one run of the model; the deepest has some hundred.</summary>
    private const int DepthLimit = 100_000;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(100);

    public static string Folder => RepositoryFolder.PathOf("verification");

    /// <summary>How many errors were found (the search ends at the first).</summary>
    public int Errors => int.Parse(ErrorCount().Match(Output).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Whether nothing was left out for want of depth, memory or time.</summary>
    public bool IsComplete =>
        !Output.Contains("max search depth too small", StringComparison.Ordinal) &&
        !Output.Contains("out of memory", StringComparison.Ordinal) &&
        !Output.Contains("memory limit", StringComparison.Ordinal) &&
        !Output.Contains("Search not completed", StringComparison.Ordinal);

    /// <summary>Looks for failed assertions and for deadlocks.</summary>
    public static Task<SpinRun> SafetyAsync(string model, string? mutant = null) => RunAsync(model, mutant, "-DSAFETY", []);

    /// <summary>Looks for runs without end. Each state counts twice there, so with one death at most, and no wake-up for no reason.</summary>
    public static Task<SpinRun> CyclesAsync(string model) => RunAsync(model, null, "-DNP", ["-l"], "-DCYCLES", "-DDEATHS=1");

    private static async Task<SpinRun> RunAsync(string model, string? mutant, string kind, string[] options, params string[] settings)
    {
        Assert.SkipUnless(IsInstalled("spin"), "no spin");
        Assert.SkipUnless(IsInstalled("cc"), "no C compiler");
        using TemporaryFolder folder = new();
        string source = Path.Combine(Folder, $"{model}.pml");
        string[] broken = mutant is null ? [] : [$"-D{mutant}"];
        await ProgramRun.SucceedAsync("spin", [.. settings, .. broken, "-a", source], s_limit, folder.Root);

        // A mutant's error is found at once, so compiling costs more than searching: tcc takes a thirtieth of it.
        string compiler = mutant is not null && IsInstalled("tcc") ? "tcc" : "cc";
        string optimization = mutant is null ? "-O1" : "-O0";
        await ProgramRun.SucceedAsync(
            compiler, [optimization, "-w", kind, $"-DMEMLIM={MemoryLimit}", "-o", "pan", "pan.c"], s_limit, folder.Root);
        ProgramRun search = await ProgramRun.SucceedAsync(folder.PathOf("pan"), [$"-m{DepthLimit}", .. options], s_limit, folder.Root);
        return new SpinRun(search.ToString());
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex(@"errors: (\d+)")]
    private static partial Regex ErrorCount();
}
