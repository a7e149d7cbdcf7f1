using Cohort.Tests.Support;

namespace Cohort.Tests.Analyzers;

public sealed class CopyToLocalFixTests
{
    [Theory]
    [InlineData("pool.Apply(() => _title.Length);", "string title = _title;\n        pool.Apply(() => title.Length);")]
    [InlineData("int length = pool.Apply(() => this._title.Length + Number + _title.Length);", "string title = this._title;\n        int number = Number;\n        int length = pool.Apply(() => title.Length + number + title.Length);")]
    [InlineData("string title = \"x\"; pool.Apply(() => _title + title);", "string title = \"x\"; string title2 = _title;\n        pool.Apply(() => title2 + title);")]
    [InlineData("pool.Apply(() => limit);", "int limitCopy = limit;\n        pool.Apply(() => limitCopy);")]
    [InlineData("// Why.\n        pool.Apply(() => _title);", "// Why.\n        string title = _title;\n        pool.Apply(() => title);")]
    public async Task Fields_that_a_function_reads_are_copied_so_that_it_does_not_capture_the_object(string before, string after)
    {
        string source = ThisRuleTests.InClass(before);
        string? changed = await Analyzed.FixOf(source);
        Assert.Equal(ThisRuleTests.InClass(after), changed);
        await IsCleanAsync(changed);
    }

    [Theory]
    [InlineData("pool.Apply(() => Twice(2));")]
    [InlineData("pool.Apply(() => _stream.ReadByte());")]
    [InlineData("pool.Apply(() => this);")]
    [InlineData("pool.Apply(() => new { Number });")]
    [InlineData("while (pool.Apply(() => Number) < 3) { }")]
    [InlineData("Stream stream = Stream.Null; pool.Apply(() => stream.ReadByte());")]
    public async Task There_is_no_fix_where_a_copy_would_not_do_or_not_mean_the_same(string statement)
    {
        // What comes back cannot travel either in the case of 'this': one warning is enough here.
        string source = ThisRuleTests.InClass(statement).Replace("() => this)", "() => this.GetHashCode())", StringComparison.Ordinal);
        Assert.Null(await Analyzed.FixOf(source));
    }

    [Theory]
    [InlineData("for (int i = 0; i < 3; i++)\n{\n    tasks.Add(pool.ApplyAsync(() => i + 1));\n}", "for (int i = 0; i < 3; i++)\n{\n    int iCopy = i;\n    tasks.Add(pool.ApplyAsync(() => iCopy + 1));\n}")]
    [InlineData("Task<int> task = pool.ApplyAsync(() => n + n);\nn = 5;\nawait task;", "int nCopy = n;\nTask<int> task = pool.ApplyAsync(() => nCopy + nCopy);\nn = 5;\nawait task;")]
    public async Task A_variable_that_is_written_later_is_copied(string before, string after)
    {
        string? changed = await Analyzed.FixOf(InProgram(before));
        Assert.Equal(InProgram(after), changed);
        await IsCleanAsync(changed);
    }

    [Fact]
    public async Task The_single_statement_of_a_loop_becomes_a_block()
    {
        string? changed = await Analyzed.FixOf(InProgram("for (int i = 0; i < 3; i++)\n    tasks.Add(pool.ApplyAsync(() => i));"));
        Assert.NotNull(changed);
        Assert.Equal(
            "for(inti=0;i<3;i++){intiCopy=i;tasks.Add(pool.ApplyAsync(()=>iCopy));}",
            string.Concat(changed[changed.IndexOf("for ", StringComparison.Ordinal)..].Where(static c => !char.IsWhiteSpace(c))));
        await IsCleanAsync(changed);
    }

    private static async Task IsCleanAsync(string? changed)
    {
        Assert.NotNull(changed);
        Assert.Empty(await Analyzed.Said(changed));
    }

    private static string InProgram(string statements) =>
        $"using Cohort;\n\nawait using ProcessPool pool = new(1);\nint n = 0;\nList<Task> tasks = [];\n{statements}\n";
}
