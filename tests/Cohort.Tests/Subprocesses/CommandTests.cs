using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>What a command is, and how pipelines are made of them.</summary>
public sealed class CommandTests
{
    [Fact]
    public void Command_IsItsWordsAndOptions()
    {
        SubprocessOptions options = new() { CaptureOutput = true };

        Assert.Equal(["echo", "a b"], new Command("echo", "a b").Arguments);
        Assert.Equal(["echo", "a b"], new Command(["echo", "a b"], options).Arguments);
        Assert.Same(options, new Command("echo").With(options).Options);
        Assert.Equal("echo 'a b'", new Command("echo", "a b").ToString());
        Assert.Equal(["/bin/sh", "-c", "echo $1", "sh", "x"], Command.Shell("echo $1", "x").Arguments);
    }

    [Fact]
    public void Command_FromTextOrWords_SplitsNothing()
    {
        Command text = "echo a b";
        Command words = ["echo", "a b"];

        Assert.Equal(["echo a b"], text.Arguments);
        Assert.Equal(["echo", "a b"], words.Arguments);
        Assert.Equal("echo|a b", string.Join('|', words.Arguments));
        List<string> seen = [];
        foreach (string word in words)
        {
            seen.Add(word);
        }

        Assert.Equal(words.Arguments, seen);
    }

    [Fact]
    public void Command_CallerChangesItsList_StaysAsItWas()
    {
        List<string> words = ["echo", "a"];
        Command command = new(words);

        words[1] = "b";

        Assert.Equal(["echo", "a"], command.Arguments);
    }

    [Fact]
    public void Command_WithoutWords_IsRefused()
    {
        Assert.Throws<ArgumentException>(static () => new Command([]));
        Assert.Throws<ArgumentNullException>(static () => new Command((string)null!));
        Assert.Throws<ArgumentNullException>(static () => new Command(["a", null!]));
        Assert.Throws<ArgumentNullException>(static () => new Command("a").With(null!));
    }

    [Fact(Timeout = 60_000)]
    public async Task Command_Alone_RunsAsSubprocessDoes()
    {
        Command command = new(["echo", "hello"], new() { CaptureOutput = true });

        Assert.Equal("hello\n", command.Run().Output);
        Assert.Equal("hello\n", (await command.RunAsync().Watched()).Output);
        using Subprocess live = command.Start();
        Assert.Equal("hello\n", live.Communicate().Output);
    }

    [Fact]
    public void Pipeline_OfCommandsTextsAndWords_KeepsTheirOrder()
    {
        Pipeline ab = new Command("a") | "b";
        Pipeline cd = new Command("c") | ["d", "-x"];

        Assert.Equal("a | b | c | d -x", (ab | cd).ToString());
        Assert.Equal("a | b | c | d -x", (new Command("a") | "b" | "c" | ["d", "-x"]).ToString());
        Assert.Equal("a | b", ab.ToString());
        Assert.Equal(2, ab.Commands.Count);
        Assert.Throws<ArgumentNullException>(() => ab | (Command)null!);
        Assert.Throws<ArgumentNullException>(() => (Pipeline)null! | ab);
    }

    [Fact]
    public void Pipeline_OfRedirectedCommands_IsRefusedWhereThePipeWouldBe()
    {
        Command plain = "cat";

        Assert.Contains("output of `cat`", Assert.Throws<ArgumentException>(() => plain.With(new() { StandardOutput = Redirect.Null }) | plain).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => plain.With(new() { CaptureOutput = true }) | plain);
        Assert.Contains("input of `cat`", Assert.Throws<ArgumentException>(() => plain | plain.With(new() { StandardInput = Redirect.Null })).Message, StringComparison.Ordinal);
        Assert.Equal(2, (plain.With(new() { StandardInput = Redirect.Null }) | plain.With(new() { CaptureOutput = true })).Commands.Count);
    }
}
