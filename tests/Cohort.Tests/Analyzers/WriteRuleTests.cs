namespace Cohort.Tests.Analyzers;

public sealed class WriteRuleTests
{
    [Theory]
    [InlineData("pool.Apply(() => { n = 5; });", "COHORT004 n")]
    [InlineData("pool.Apply(() => n++);", "COHORT004 n")]
    [InlineData("pool.Map(i => n += i, [1]);", "COHORT004 n")]
    [InlineData("pool.Map(i => Interlocked.Increment(ref n), [1]);", "COHORT004 n")]
    [InlineData("pool.Apply(() => int.TryParse(\"1\", out n));", "COHORT004 n")]
    [InlineData("pool.Apply(() => { (n, int other) = (1, 2); return other; });", "COHORT004 n")]
    [InlineData("WorkerProcess.Start(() => { Add(); void Add() => n++; });", "COHORT004 n")]
    [InlineData("pool.Apply(() => point.X = 4);", "COHORT004 point")]
    public async Task A_captured_variable_that_the_function_writes_is_reported(string statement, string expected) =>
        Assert.Equal([expected], (await Analyzed.Said(CaptureRuleTests.Pool("int n = 0; System.Drawing.Point point = new();" + statement)))
            .Select(static said => said.Replace("point.X", "point", StringComparison.Ordinal)));

    [Fact]
    public async Task A_field_that_the_function_writes_is_reported_unless_it_is_a_cache()
    {
        Assert.Equal(["COHORT004 _count"], await Analyzed.Said(ThisRuleTests.InClass("pool.Apply(() => { _count = 1; });", "")));
        Assert.Empty(await Analyzed.Said(ThisRuleTests.InClass("pool.Apply(() => (_cache ??= \"\").Length);", "private string? _cache;")));
    }

    [Theory]
    [InlineData("Task<int> task = pool.ApplyAsync(() => n); n = 5; await task;")]
    [InlineData("for (int i = 0; i < 3; i++) { tasks.Add(pool.ApplyAsync(() => i)); }")]
    [InlineData("while (n < 3) { n++; tasks.Add(pool.ApplyAsync(() => n)); }")]
    [InlineData("WorkerProcess worker = WorkerProcess.Start(() => Console.Write(n)); n = 5; worker.Join();")]
    [InlineData("foreach (int i in pool.MapStream(i => i + n, [1, 2])) { n = i; }")]
    [InlineData("ProcessPoolOptions options = new() { Initializer = () => Console.Write(n) }; n = 5; new ProcessPool(options).Dispose();")]
    public async Task A_captured_variable_that_is_written_while_the_function_runs_is_reported(string statements)
    {
        string said = Assert.Single(await Analyzed.Said(Later(statements)));
        Assert.StartsWith("COHORT005 ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pool.Apply(() => n); n = 5;")]
    [InlineData("pool.Map(i => i + n, [1, 2]); n = 5;")]
    [InlineData("await pool.ApplyAsync(() => n); n = 5;")]
    [InlineData("await Task.WhenAll(pool.ApplyAsync(() => n), pool.ApplyAsync(() => n + 1)).ConfigureAwait(false); n = 5;")]
    [InlineData("Task<int> task = pool.ApplyAsync(() => n); await task; n = 5;")]
    [InlineData("tasks.Add(pool.ApplyAsync(() => n)); await Task.WhenAll(tasks); n = 5;")]
    [InlineData("using WorkerProcess worker = WorkerProcess.Start(() => Console.Write(n)); worker.Join(); n = 5;")]
    [InlineData("while (n < 3) { pool.Apply(() => n); n++; }")]
    [InlineData("while (n < 3) { Task<int> task = pool.ApplyAsync(() => n); await task; n++; }")]
    [InlineData("for (int i = 0; i < 3; i++) { int copy = i; tasks.Add(pool.ApplyAsync(() => copy)); }")]
    [InlineData("foreach (int i in new[] { 1, 2 }) { tasks.Add(pool.ApplyAsync(() => i)); }")]
    [InlineData("n = 5; tasks.Add(pool.ApplyAsync(() => n));")]
    [InlineData("if (n == 0) { tasks.Add(pool.ApplyAsync(() => n)); } else { n = 5; }")]
    [InlineData("if (n == 0) { tasks.Add(pool.ApplyAsync(() => n)); return; } n = 5;")]
    [InlineData("switch (n) { case 0: tasks.Add(pool.ApplyAsync(() => n)); break; default: n = 5; break; }")]
    [InlineData("tasks.Add(pool.ApplyAsync(() => { int own = 1; own++; return own; }));")]
    [InlineData("tasks.Add(pool.ApplyAsync(static m => m, n)); n = 5;")]
    public async Task Writes_that_surprise_nobody_are_fine(string statements) => Assert.Empty(await Analyzed.Said(Later(statements)));

    internal static string Later(string statements) => CaptureRuleTests.Pool($"int n = 0; List<Task> tasks = []; {statements}");
}
