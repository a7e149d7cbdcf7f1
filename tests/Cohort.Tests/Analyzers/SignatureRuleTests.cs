using Microsoft.CodeAnalysis;

namespace Cohort.Tests.Analyzers;

public sealed class SignatureRuleTests
{
    [Theory]
    [InlineData("pool.Apply(static s => s.ReadByte(), Stream.Null);", "COHORT002 Stream.Null")]
    [InlineData("pool.Apply(static (int n, Stream s) => s.ReadByte() + n, 1, Stream.Null);", "COHORT002 Stream.Null")]
    [InlineData("pool.Map(static s => s.Length, new List<Stream>());", "COHORT002 new List<Stream>()")]
    [InlineData("pool.StarMap(static (a, b) => 1, new[] { (1, Task.CompletedTask) });", "COHORT002 new[] { (1, Task.CompletedTask) }")]
    [InlineData("WorkerProcess.Start(static l => { }, new Lock());", "COHORT002 new Lock()")]
    [InlineData("pool.Apply<object, int>(static o => 1, Thread.CurrentThread);", "COHORT002 Thread.CurrentThread")]
    public async Task An_argument_that_cannot_travel_is_reported_where_it_stands(string statement, string expected) =>
        Assert.Equal([expected], await Analyzed.Said(CaptureRuleTests.Pool(statement)));

    [Theory]
    [InlineData("pool.Apply(static () => File.OpenRead(\"x\"));", "FileStream cannot cross processes; send its SafeFileHandle")]
    [InlineData("pool.Map(static n => new Thread(() => { }), [1]);", "Thread cannot cross processes")]
    [InlineData("pool.Apply(static async () => { await Task.Yield(); return 1; });", "Task<int> cannot cross processes; await it and send its result")]
    [InlineData("await pool.ApplyAsync(static async () => { await Task.Yield(); return Stream.Null; });", "Stream cannot cross processes")]
    [InlineData("pool.Apply(static () => new[] { new Log(null!) });", "Log[][].Stream: FileStream cannot cross processes; send its SafeFileHandle")]
    public async Task A_result_that_cannot_travel_is_reported(string statement, string reason)
    {
        Diagnostic said = Assert.Single(await Analyzed.DiagnosticsOf(CaptureRuleTests.Pool(statement)));
        Assert.Equal("COHORT003", said.Id);
        Assert.Equal($"The function's result cannot travel back from another process: {reason}", said.GetMessage(null));
    }

    [Theory]
    [InlineData("pool.Apply(static () => 1);")]
    [InlineData("pool.Apply(static () => { });")]
    [InlineData("await pool.ApplyAsync(static async () => await Task.Yield());")]
    [InlineData("await pool.ApplyAsync(static async n => { await Task.Yield(); return n; }, 1);")]
    [InlineData("await pool.MapAsync(static async n => { await Task.Yield(); return n; }, [1]);")]
    [InlineData("WorkerProcess.Start(static async n => await Task.Yield(), 1);")]
    [InlineData("pool.Apply(static (object o) => o, new object());")]
    [InlineData("pool.Apply(static (CancellationToken t) => t.IsCancellationRequested, CancellationToken.None);")]
    [InlineData("pool.Apply(static () => 1, new CancellationTokenSource().Token);")]
    [InlineData("Use<Node>(null!); void Use<T>(T item) => pool.Apply(static i => i, item);")]
    public async Task Functions_whose_arguments_and_results_travel_are_fine(string statement) =>
        Assert.Empty(await Analyzed.Said(CaptureRuleTests.Pool(statement)));
}
