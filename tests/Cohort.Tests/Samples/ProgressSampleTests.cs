using Cohort.Tests.Support;

namespace Cohort.Tests.Samples;

/// <summary>What samples/Progress prints.</summary>
public sealed class ProgressSampleTests
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);
    private static readonly string s_assembly = BuiltProgram.PathOf("samples/Progress", "Progress");

    [Fact]
    public async Task Redirected_run_reports_each_step_and_the_end()
    {
        ProgramRun run = await ProgramRun.RunAsync(ProgramRun.Dotnet, [s_assembly, "5000"], s_longest);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Empty(run.Errors);
        string[] lines = run.Output.TrimEnd().Split('\n');
        Assert.Equal("primes up to 5000: 669", lines[^1]);
        Assert.Matches(@"^5000 of 5000, \d+/s, in \d+\.\d s$", lines[^2]);
        Assert.All(lines[..^2], static line => Assert.Matches(@"^\d+ of 5000, \d+/s, \d+ s( left)?$", line));
    }

    [Theory]
    [InlineData("many")]
    [InlineData("0")]
    public async Task Other_arguments_are_refused(string limit)
    {
        ProgramRun run = await ProgramRun.RunAsync(ProgramRun.Dotnet, [s_assembly, limit], s_longest);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("usage:", run.Errors, StringComparison.Ordinal);
    }
}
