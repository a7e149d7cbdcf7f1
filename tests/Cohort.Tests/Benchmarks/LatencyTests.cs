using System.Globalization;
using Cohort.Tests.Support;

namespace Cohort.Tests.Benchmarks;

/// <summary>What <c>bench/Cohort.Benchmarks -- latency</c> prints; not how fast anything is.</summary>
public sealed class LatencyTests
{
    private static readonly string s_program = BuiltProgram.PathOf("bench/Cohort.Benchmarks", "Cohort.Benchmarks");

    [Fact]
    public async Task Every_way_has_its_percentiles_in_their_order()
    {
        ProgramRun run = await RunAsync("--rounds", "2", "--trips", "50");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("2 rounds of 50 round trips", run.Output);
        string[][] lines = [.. run.Output.Split('\n').Where(static line => line.StartsWith('|'))
            .Select(static line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))];
        Assert.Equal(["way", "calls", "spinning", "p50", "p99", "p99.9", "max"], lines[0]);
        string[] ways = [.. lines[2..].Select(static line => string.Join(' ', line[..3]))];
        Assert.Equal(
            [
                "ConnectionPair blocking default",
                "ConnectionPair blocking none",
                "ConnectionPair async default",
                "ConnectionPair async none",
                "InterprocessQueue blocking default",
                "InterprocessQueue async default",
                .. run.Output.Contains("\nCPython 3.", StringComparison.Ordinal) ? ["CPython Pipe blocking none"] : Array.Empty<string>(),
            ],
            ways);
        Assert.All(lines[2..], static line =>
        {
            double[] figures = [.. line[3..].Select(static cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            Assert.True(figures[0] > 0);
            Assert.Equal(figures.Order(), figures);
        });
    }

    [Theory]
    [InlineData("--trips is a number from 1 to 1000000, not '0'", "--trips", "0")]
    [InlineData("--rounds needs a value", "--rounds")]
    [InlineData("'pipe_rtt_int' is not known", "pipe_rtt_int")]
    public async Task A_command_line_without_sense_is_a_usage_error(string reason, params string[] arguments)
    {
        ProgramRun run = await RunAsync(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"latency: {reason}", run.Errors);
    }

    private static Task<ProgramRun> RunAsync(params string[] arguments) =>
        ProgramRun.RunAsync(ProgramRun.Dotnet, [s_program, "latency", .. arguments], TimeSpan.FromSeconds(100));
}
