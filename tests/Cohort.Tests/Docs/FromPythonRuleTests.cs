namespace Cohort.Tests.Docs;

/// <summary>Each rule of the table, held against rows that break it.</summary>
public sealed class FromPythonRuleTests
{
    private const string Header = "## m\n\n| Python | Here | Shown by | Status | Note |\n|---|---|---|---|---|\n";

    [Fact]
    public void Read_Row_GivesItsCells()
    {
        PythonRow row = Assert.Single(PythonRow.Read(Header + "| `A.b`, `c` | `System.String` | `X.Y` | done | why |\n"));
        Assert.Equal(["m.A.b", "m.c"], row.Names);
        Assert.Equal(["System.String"], row.Members);
        Assert.Equal(["X.Y"], row.Tests);
        Assert.Equal(("done", "why", 5), (row.Status, row.Note, row.Line));
    }

    [Theory]
    [InlineData("| `a` | | | finished | |")]
    [InlineData("| `a` | | done | |")]
    public void Read_MalformedRow_Throws(string row) => Assert.Throws<FormatException>(() => PythonRow.Read(Header + row));

    [Fact]
    public void Missing_unknown_and_repeated_names_are_found()
    {
        IReadOnlyList<PythonRow> rows = Rows("| `a`, `x` | | | planned | |\n| `a` | | | planned | |");
        Assert.Equal(["m.b has no row"], FromPythonRules.NamesWithoutRow(rows, ["m.a", "m.b"]));
        Assert.Equal(["m.x is no name of Python's"], FromPythonRules.RowsWithoutName(rows, ["m.a", "m.b"]));
        Assert.Equal(["m.a has 2 rows"], FromPythonRules.NamesWithTwoRows(rows));
    }

    [Theory]
    [InlineData("System.Environment.ProcessorCount", true)]
    [InlineData("System.Threading.Tasks.Task<TResult>.Result", true)]
    [InlineData("System.Threading.Tasks.Task<TResult>", true)]
    [InlineData("System.Object.MemberwiseClone", true)]
    [InlineData("System.Environment.NumberOfProcessors", false)]
    [InlineData("System.Nothing.ProcessorCount", false)]
    [InlineData("System.String._stringLength", false)]
    [InlineData("Cohort.Tests.Docs.FromPythonRuleTests", false)]
    public void A_member_is_found_only_where_it_is_visible(string member, bool exists) =>
        Assert.Equal(exists, !FromPythonRules.UnknownMembers(Rows($"| `a` | `{member}` | | done | |")).Any());

    [Theory]
    [InlineData("Docs.FromPythonRuleTests.Read_Row_GivesItsCells", true)]
    [InlineData("Docs.FromPythonRuleTests.A_member_is_found_only_where_it_is_visible", true)]
    [InlineData("Docs.FromPythonRuleTests.Nothing", false)]
    [InlineData("Docs.FromPythonRules.UnknownTests", false)]
    [InlineData("Nothing", false)]
    public void A_test_is_found_only_where_it_runs(string test, bool exists) =>
        Assert.Equal(exists, !FromPythonRules.UnknownTests(Rows($"| `a` | | `{test}` | done | |")).Any());

    [Theory]
    [InlineData("| `a` | `System.String` | `X.Y` | done | |", 0)]
    [InlineData("| `a` | | `X.Y` | done | |", 1)]
    [InlineData("| `a` | `System.String` | | done | |", 1)]
    [InlineData("| `a` | | | planned | |", 0)]
    [InlineData("| `a` | `System.String` | | planned | |", 1)]
    [InlineData("| `a` | | | impossible | |", 1)]
    [InlineData("| `a` | | | impossible | The runtime cannot be forked. |", 0)]
    [InlineData("| `a` | | | not needed | no |", 1)]
    public void A_claim_without_proof_is_found(string row, int violations) =>
        Assert.Equal(violations, FromPythonRules.WrongClaims(Rows(row)).Count());

    private static IReadOnlyList<PythonRow> Rows(string rows) => PythonRow.Read(Header + rows + "\n");
}
