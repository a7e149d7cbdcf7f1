using System.Globalization;
using System.Text;
using Cohort.Subprocesses;
using Cohort.Tests.Support;

namespace Cohort.Tests.Subprocesses;

/// <summary>Words in and out of lines, as Python's shlex does it in its POSIX mode.</summary>
public sealed class ShlexTests
{
    private const int RandomTexts = 4000;

    /// <summary>Mostly what has a meaning.</summary>
    private const string Characters = "''''\"\"\"\"\\\\\\\\    \t\n\r##ab$`é|;€";

    // Each line is one text: hex of its UTF-8, with 1 behind it for comments. So is what comes back: words, or the error.
    private const string PythonSide = """
        import shlex, sys
        def hexed(word): return "=" + word.encode("utf-8").hex()
        for line in open(sys.argv[1]):
            encoded, comments = line.rstrip("\n").split(",")
            text = bytes.fromhex(encoded).decode("utf-8")
            try:
                words = ["w"] + [hexed(word) for word in shlex.split(text, comments=comments == "1")]
            except ValueError as fault:
                words = ["e", hexed(str(fault))]
            print(" ".join(words + ["q", hexed(shlex.quote(text))]))
        """;

    [Theory]
    [InlineData("", new string[0])]
    [InlineData(" \t\r\n ", new string[0])]
    [InlineData("a b\tc\nd\re", new[] { "a", "b", "c", "d", "e" })]
    [InlineData("'a b' \"c d\"", new[] { "a b", "c d" })]
    [InlineData("a'b'\"c\"d", new[] { "abcd" })]
    [InlineData("'' \"\" a''", new[] { "", "", "a" })]
    [InlineData(@"a\ b \'c\' \\", new[] { "a b", "'c'", "\\" })]
    [InlineData(@"'a\b' ""a\b"" ""a\""b"" ""a\\b"" ""a\$b""", new[] { @"a\b", @"a\b", "a\"b", @"a\b", @"a\$b" })]
    [InlineData("a\\\nb \"a\\\nb\"", new[] { "a\nb", "a\\\nb" })]
    [InlineData("a | b; c && d > e", new[] { "a", "|", "b;", "c", "&&", "d", ">", "e" })]
    [InlineData("a # b", new[] { "a", "#", "b" })]
    [InlineData("~/$HOME/*", new[] { "~/$HOME/*" })]
    public void Split_GivesWords(string text, string[] words) => Assert.Equal(words, Shlex.Split(text));

    [Theory]
    [InlineData("a # b\nc", new[] { "a", "c" })]
    [InlineData("a#b c\nd", new[] { "a", "d" })]
    [InlineData("# a", new string[0])]
    [InlineData("# a\r b", new string[0])]
    [InlineData("'#' \"#\" \\#", new[] { "#", "#", "#" })]
    public void Split_Comments_AreDropped(string text, string[] words) => Assert.Equal(words, Shlex.Split(text, comments: true));

    [Theory]
    [InlineData("a 'b", "No closing quotation")]
    [InlineData("a \"b", "No closing quotation")]
    [InlineData("a \"b\\\"", "No closing quotation")]
    [InlineData("a\\", "No escaped character")]
    [InlineData("\"a\\", "No escaped character")]
    public void Split_Unfinished_SaysWhat(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => Shlex.Split(text)).Message);

    [Theory]
    [InlineData("", "''")]
    [InlineData("azAZ09_@%+=:,./-", "azAZ09_@%+=:,./-")]
    [InlineData("a b", "'a b'")]
    [InlineData("é", "'é'")]
    [InlineData("it's", "'it'\"'\"'s'")]
    [InlineData("$(x)`y`\n", "'$(x)`y`\n'")]
    public void Quote_IsReadAsTheWord(string word, string quoted)
    {
        Assert.Equal(quoted, Shlex.Quote(word));
        Assert.Equal([word], Shlex.Split(quoted));
        Assert.Equal(word, Subprocess.CheckOutput(Subprocess.Shell("printf %s " + quoted)));
    }

    [Fact]
    public void Join_IsTakenApartBySplit()
    {
        string[] words = ["", "a", "it's", "a b", "\\", "\"", "#", "\n"];

        Assert.Equal("", Shlex.Join([]));
        Assert.Equal("echo '' 'a b'", Shlex.Join("echo", "", "a b"));
        Assert.Equal("'' a", Shlex.Join(["", "a"]));
        Assert.Equal(words, Shlex.Split(Shlex.Join(words), comments: true));
    }

    [Fact]
    public void Null_IsRefused()
    {
        Assert.Throws<ArgumentNullException>(static () => Shlex.Split(null!));
        Assert.Throws<ArgumentNullException>(static () => Shlex.Quote(null!));
        Assert.Throws<ArgumentNullException>(static () => Shlex.Join((IEnumerable<string>)null!));
        Assert.Throws<ArgumentNullException>(static () => Shlex.Join([null!]));
    }

    [Fact(Timeout = 60_000)]
    public async Task RandomTexts_AreReadAsPythonReadsThem()
    {
        Assert.SkipWhen(Pythons.Found.Count == 0, "there is no Python on this machine");
        Random random = new(20);
        string[] texts = [.. Enumerable.Range(0, RandomTexts).Select(_ => RandomText(random))];
        using TemporaryFolder folder = new();
        string file = folder.Write("texts", string.Concat(texts.Select(static (text, i) => $"{Hex(text)},{i % 2}\n")));

        string[] answers = (await Pythons.RunAsync(Pythons.Found[^1], PythonSide, file)).Split('\n');

        Assert.Equal(texts.Length, answers.Length);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(answers[i], $"{Described(texts[i], i % 2 == 1)} q ={Hex(Shlex.Quote(texts[i]))}");
        }
    }

    private static string RandomText(Random random) =>
        string.Concat(random.GetItems<char>(Characters, random.Next(1, 16)).Select(static character => character.ToString(CultureInfo.InvariantCulture)));

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));

    private static string Described(string text, bool comments)
    {
        try
        {
            return string.Join(' ', ["w", .. Shlex.Split(text, comments).Select(static word => "=" + Hex(word))]);
        }
        catch (FormatException fault)
        {
            return $"e ={Hex(fault.Message)}";
        }
    }
}
