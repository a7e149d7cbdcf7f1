using System.Text.Json;
using Cohort.Tests.Support;

namespace Cohort.Tests.Benchmarks;

/// <summary>What <c>bench/Cohort.Benchmarks -- compare</c> prints and writes; not how fast anything is.</summary>
public sealed class CompareTests : IDisposable
{
    private static readonly string s_program = BuiltProgram.PathOf("bench/Cohort.Benchmarks", "Cohort.Benchmarks");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_single_row_is_measured_and_written_as_JSON()
    {
        string json = _folder.PathOf("out.json");

        ProgramRun run = await RunAsync("--rounds", "1", "--json", json, "idle_worker_memory");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Matches(@"\| idle_worker_memory +\| MiB +\| +[\d.]+ \|", run.Output);
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        JsonElement row = Assert.Single(document.RootElement.EnumerateArray());
        Assert.Equal(["name", "unit", "better", "ours", "peer"], row.EnumerateObject().Select(static property => property.Name));
        Assert.Equal("idle_worker_memory", row.GetProperty("name").GetString());
        Assert.Equal("lower", row.GetProperty("better").GetString());
        Assert.InRange(row.GetProperty("ours").GetDouble(), 1, 1000);
        Assert.Equal(JsonValueKind.Null, row.GetProperty("peer").ValueKind);
    }

    [Fact]
    public async Task A_row_with_a_peer_has_both_figures_where_there_is_a_CPython()
    {
        string json = _folder.PathOf("out.json");

        ProgramRun run = await RunAsync("--rounds", "2", "--json", json, "process_start_join_spawn");

        // 1: the bar was missed, which a busy machine may do; this test is not about speed.
        Assert.True(run.ExitCode is 0 or 1, run.ToString());
        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        JsonElement row = Assert.Single(document.RootElement.EnumerateArray());
        Assert.True(row.GetProperty("ours").GetDouble() > 0);
        bool hasPython = run.Output.Contains("\nCPython 3.", StringComparison.Ordinal);
        Assert.Equal(hasPython ? JsonValueKind.Number : JsonValueKind.Null, row.GetProperty("peer").ValueKind);
    }

    [Theory]
    [InlineData("pipe_rtt_int_named_pipes", "us", "named pipes")]
    [InlineData("pipe_rtt_int_netmq", "us", "NetMQ")]
    [InlineData("pipe_rtt_int_streamjsonrpc", "us", "StreamJsonRpc")]
    [InlineData("subprocess_pipeline_medallionshell", "MiB/s", "MedallionShell")] // measured in processes of its own
    public async Task A_row_with_a_library_as_its_peer_has_both_figures(string name, string unit, string peer)
    {
        ProgramRun run = await RunAsync("--rounds", "1", name);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Matches($@"\| {name} +\| {unit} +\| +[\d.,]+ \| +[\d.,]+ \| +[\d.,]+x \| .* \| {peer} +\|", run.Output);
    }

    [Fact]
    public async Task Every_row_of_the_peer_script_is_a_row_here()
    {
        string[] rows = [.. (await RunAsync("--list")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        string script = await File.ReadAllTextAsync(RepositoryFolder.PathOf("bench", "peers", "cpython_bench.py"));

        string[] defined = [.. script.Split('\n')
            .SkipWhile(static line => !line.StartsWith("ROWS = {", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(static line => !line.StartsWith(')'))
            .Select(static line => line.Trim(' ', ','))];

        Assert.Equal(23, defined.Length);
        Assert.Empty(defined.Except(rows));
    }

    [Theory]
    [InlineData("no row is named pool_map_chunk2", "pool_map_chunk2")]
    [InlineData("--rounds is a number from 1 to 1000, not '0'", "--rounds", "0")]
    [InlineData("--json needs a value", "--json")]
    [InlineData("'--fast' is not known", "--fast")]
    public async Task A_command_line_without_sense_is_a_usage_error(string reason, params string[] arguments)
    {
        ProgramRun run = await RunAsync(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"compare: {reason}", run.Errors);
    }

    [Theory]
    [InlineData("pool_map_chunk2", "ours")]
    [InlineData("subprocess_true_process", "theirs")]
    [InlineData("subprocess_1000_sleeps_memory", "peer")]
    public async Task What_no_row_has_is_not_measured(params string[] arguments)
    {
        ProgramRun run = await ProgramRun.RunAsync(ProgramRun.Dotnet, [s_program, "measure", .. arguments], TimeSpan.FromSeconds(300));
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"measure: '{string.Join(' ', arguments)}' is no row", run.Errors);
    }

    private static Task<ProgramRun> RunAsync(params string[] arguments) =>
        ProgramRun.RunAsync(ProgramRun.Dotnet, [s_program, "compare", .. arguments], TimeSpan.FromSeconds(300));
}
