using Microsoft.CodeAnalysis;

namespace Cohort.Tests.Analyzers;

public sealed class ThisRuleTests
{
    [Fact]
    public async Task A_field_that_is_used_captures_the_whole_object()
    {
        Diagnostic said = Assert.Single(await Analyzed.DiagnosticsOf(InClass("pool.Apply(() => _title.Length);")));
        Assert.Equal(
            "'this', which is captured by using '_title', cannot travel to another process: this._stream: Stream cannot cross processes",
            said.GetMessage(null));
    }

    [Theory]
    [InlineData("pool.Apply(() => this.Number);", "COHORT001 this")]
    [InlineData("pool.Apply(() => Twice(2));", "COHORT001 Twice")]
    [InlineData("pool.Apply(Twice, 2);", "COHORT001 Twice")]
    [InlineData("pool.Apply(() => limit);", "COHORT001 limit")]
    [InlineData("int n = 1; Func<int> here = () => n + Number; pool.Apply(() => n);", "COHORT001 n")]
    public async Task Every_way_to_capture_the_object_is_seen(string statement, string expected) =>
        Assert.Equal([expected], await Analyzed.Said(InClass(statement)));

    [Theory]
    [InlineData("string title = _title; pool.Apply(() => title.Length);")]
    [InlineData("pool.Apply(static job => job.Length, _title);")]
    [InlineData("pool.Apply(() => Shared);")]
    [InlineData("pool.Apply(StaticTwice, 2);")]
    public async Task What_does_not_use_the_object_does_not_capture_it(string statement) =>
        Assert.Empty(await Analyzed.Said(InClass(statement)));

    [Theory]
    [InlineData("private readonly string _other = \"\";")]
    [InlineData("private static readonly Stream s_stream = Stream.Null;")]
    [InlineData("[NonSerialized] private readonly Stream _stream = Stream.Null;")]
    [InlineData("[field: NonSerialized] private Stream Content { get; } = Stream.Null;")]
    [InlineData("private Stream Content => Stream.Null;")]
    public async Task An_object_whose_fields_travel_may_be_captured(string field) =>
        Assert.Empty(await Analyzed.Said(InClass("pool.Apply(() => _title.Length);", field)));

    [Theory]
    [InlineData("private Stream Content { get; } = Stream.Null;", "this.Content")]
    [InlineData("private readonly List<Task> _tasks = [];", "this._tasks[]")]
    [InlineData("private void Use() => pool2.ToString();", "this.pool2")]
    public async Task Properties_collections_and_kept_parameters_are_fields(string member, string path)
    {
        string source = InClass("pool.Apply(() => _title.Length);", member)
            .Replace("int limit", "int limit, ProcessPool pool2", StringComparison.Ordinal)
            .Replace("new Job(1)", "new Job(1, null!)", StringComparison.Ordinal);
        Diagnostic said = Assert.Single(await Analyzed.DiagnosticsOf(source));
        Assert.Contains($": {path}: ", said.GetMessage(null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inherited_fields_count()
    {
        string source = InClass("pool.Apply(() => _title.Length);", "").Replace("Job(int limit)", "Job(int limit) : Base", StringComparison.Ordinal)
            + "internal class Base { protected Timer? Clock; }";
        Diagnostic said = Assert.Single(await Analyzed.DiagnosticsOf(source));
        Assert.EndsWith("this.Clock: Timer cannot cross processes", said.GetMessage(null), StringComparison.Ordinal);
    }

    internal static string InClass(string statements, string member = "private readonly Stream _stream = Stream.Null;") =>
        $$"""
        using Cohort;

        new Job(1).Go(new ProcessPool(1));

        internal class Job(int limit)
        {
            private const int Shared = 1;
            private readonly string _title = "";
            private int _count;
            {{member}}

            public int Number { get; set; }

            public void Go(ProcessPool pool)
            {
                {{statements}}
            }

            private int Twice(int n) => n * 2 + limit + _count++;

            private static int StaticTwice(int n) => n * 2;
        }

        """;
}
