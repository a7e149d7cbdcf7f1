namespace Cohort.Tests.Docs;

public sealed class DocumentReadingTests
{
    [Fact]
    public void Read_CodeThenTexts_GivesProgramAndBothOutputs()
    {
        DocumentExample example = Assert.Single(DocumentExample.Read(
            "a.md", "# A\n```csharp\nRun();\nStop();\n```\nprints\n```text\none\ntwo\n```\n```text stderr\nthree\n```\n"));
        Assert.Equal(new DocumentExample("a.md", 2, "Run();\nStop();", "one\ntwo", "three"), example);
    }

    [Fact]
    public void Read_TextAfterAnotherBlock_IsNotOutput()
    {
        IReadOnlyList<DocumentExample> examples = DocumentExample.Read(
            "a.md", "```csharp\nA();\n```\n```sh\nls\n```\n```text\nx\n```\n```csharp\nB();\n```\n");
        Assert.Equal([null, null], examples.Select(static example => example.Output));
        Assert.Equal(["a.md:1", "a.md:10"], examples.Select(static example => example.Name));
    }

    [Fact]
    public void Read_UnclosedBlock_Throws()
    {
        FormatException fault = Assert.Throws<FormatException>(static () => DocumentExample.Read("a.md", "x\n```csharp\nA();\n"));
        Assert.StartsWith("a.md:2:", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one", "one\n", true)]
    [InlineData("one\ntwo", "one\r\ntwo\r\n", true)]
    [InlineData("", "", true)]
    [InlineData("pid …", "pid 12\n", true)]
    [InlineData("(…)", "(12)\n", true)]
    [InlineData("one\n…\nend", "one\na\nb\nend\n", true)]
    [InlineData("one\n…\nend", "one\nend\n", true)]
    [InlineData("one", "", false)]
    [InlineData("one", "one\ntwo\n", false)]
    [InlineData("one", "One\n", false)]
    [InlineData("", "one\n", false)]
    [InlineData("a.c", "abc\n", false)]
    [InlineData("pid …", "pid 12\nmore\n", false)]
    [InlineData("one\n…\nend", "one\na\n", false)]
    public void Matches_ShownAndPrinted_AgreesOnlyWhereTheyDo(string shown, string printed, bool expected) =>
        Assert.Equal(expected, PrintedText.Matches(shown, printed));
}
