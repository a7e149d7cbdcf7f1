using Cohort.Tests.Support;

namespace Cohort.Tests.Docs;

/// <summary>docs/from-python.md says of every name of Python's what it is here. These tests hold it to that.</summary>
public sealed class FromPythonTests
{
    private static readonly Lazy<IReadOnlyList<PythonRow>> s_rows = new(static () =>
        PythonRow.Read(File.ReadAllText(RepositoryFolder.PathOf("docs", "from-python.md"))));

    private static readonly Lazy<string[]> s_names = new(static () =>
        [.. File.ReadLines(RepositoryFolder.PathOf("tests", "Cohort.Tests", "Docs", "python-names.txt"))
            .Where(static line => line.Length > 0 && line[0] != '#')]);

    [Fact]
    public void Every_name_of_Python_has_one_row()
    {
        Assert.NotEmpty(s_names.Value);
        Assert.Empty(FromPythonRules.NamesWithoutRow(s_rows.Value, s_names.Value));
        Assert.Empty(FromPythonRules.RowsWithoutName(s_rows.Value, s_names.Value));
        Assert.Empty(FromPythonRules.NamesWithTwoRows(s_rows.Value));
    }

    [Fact]
    public void Every_member_of_the_table_exists() => Assert.Empty(FromPythonRules.UnknownMembers(s_rows.Value));

    [Fact]
    public void Every_test_of_the_table_exists() => Assert.Empty(FromPythonRules.UnknownTests(s_rows.Value));

    [Fact]
    public void Only_what_is_done_is_claimed() => Assert.Empty(FromPythonRules.WrongClaims(s_rows.Value));
}
