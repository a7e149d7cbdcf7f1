using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;
using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>What is waited for, on streams whose other side is the test.</summary>
public sealed class ExpectTests
{
    private static readonly TimeSpan s_moment = TimeSpan.FromMilliseconds(20);

    private readonly Pipe _output = new(new PipeOptions(pauseWriterThreshold: 0));

    [Fact(Timeout = 60_000)]
    public async Task WaitFor_AText_GivesWhatIsBeforeAndKeepsWhatIsBehind()
    {
        using Expect expect = NewExpect();
        Show("one two three");

        ExpectMatch match = await Watchdog.Run(() => expect.WaitFor("two"));

        Assert.Equal((0, "one ", "two"), (match.Index, match.Before, match.After));
        Assert.Null(match.Match);
        Assert.Equal(" three", expect.Buffer);
        Assert.Equal(" ", (await expect.WaitForAsync("three")).Before);
        Assert.Equal("", expect.Buffer);
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitFor_Several_TheFirstInTheOutputWinsThenTheFirstNamed()
    {
        using Expect expect = NewExpect();
        Show("abcdef abcdef abcdef ");

        Assert.Equal(1, (await expect.WaitForAsync("def", "bc", new Regex("[de]+"))).Index);
        Assert.Equal("def", (await expect.WaitForAsync(new Regex("d."), "def")) is { Index: 0 } ? "def" : "");
        Assert.Equal(0, (await expect.WaitForAsync("ab", new Regex("a.*"))).Index);
        Assert.Equal(0, (await expect.WaitForAsync(new Regex("c.."), "cd")).Index);
        Assert.Equal("f a", (await expect.WaitForAsync("bc", new Regex("f a"), "c")).After);
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitFor_ARegex_HasItsGroups()
    {
        using Expect expect = NewExpect();
        Show("count: 42, next");

        ExpectMatch match = await expect.WaitForAsync(new Regex(@"count: (?<n>\d+),"));

        Assert.Equal("42", match.Match!.Groups["n"].Value);
        Assert.Equal("count: 42,", match.After);
        Assert.Equal(" next", expect.Buffer);
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitFor_AMatchThatComesInParts_IsFound()
    {
        using Expect expect = NewExpect();
        Task<ExpectMatch> text = expect.WaitForAsync("password:");
        foreach (char one in "the password: ")
        {
            Show(one.ToString());
        }

        Assert.Equal("the ", (await text.Watched()).Before);
        Task<ExpectMatch> regex = expect.WaitForAsync(new Regex("[0-9]+;"));
        Show("12");
        Show("34;");
        Assert.Equal("1234;", (await regex.Watched()).After);
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitFor_TheEnd_IsAPatternOrAFault()
    {
        using Expect expect = NewExpect();
        Show("rest");
        await _output.Writer.CompleteAsync();

        ExpectEndedException fault = await Assert.ThrowsAsync<ExpectEndedException>(() => expect.WaitForAsync("never", new Regex("nor this")));
        Assert.Equal("rest", fault.Buffer);
        Assert.Contains("\"never\" or /nor this/", fault.Message, StringComparison.Ordinal);
        Assert.Contains("rest", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, fault.Patterns.Count);
        Assert.True(expect.IsEnded);

        ExpectMatch end = await Watchdog.Run(() => expect.WaitFor("never", Expect.EndOfOutput));
        Assert.Equal((1, "rest", "", true), (end.Index, end.Before, end.After, end.IsEnd));
        Assert.Equal("", (await expect.WaitForAsync(Expect.EndOfOutput)).Before);
        Assert.Throws<ExpectEndedException>(() => expect.WaitFor("never"));
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitFor_PastItsTimeout_KeepsTheBuffer()
    {
        using Expect expect = NewExpect(new() { Timeout = s_moment });
        Show("so far");

        ExpectTimeoutException fault = await Assert.ThrowsAsync<ExpectTimeoutException>(() => expect.WaitForAsync("more"));
        Assert.Equal(("so far", s_moment), (fault.Buffer, fault.Timeout));
        Assert.Contains("within 0.02 seconds", fault.Message, StringComparison.Ordinal);
        Assert.Throws<ExpectTimeoutException>(() => expect.WaitFor("more"));
        Assert.Null(expect.TryWaitFor(["more"], TimeSpan.Zero));
        Assert.Null(await expect.TryWaitForAsync(["more"], s_moment));
        ExpectMatch timeout = expect.WaitFor("more", Expect.TimedOut);
        Assert.Equal((1, "so far", "", true), (timeout.Index, timeout.Before, timeout.After, timeout.IsTimeout));

        Show(" and more");

        Assert.Equal("so far and ", (await expect.WaitForAsync(["more"], Watchdog.Limit)).Before);
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitForAsync_Cancelled_KeepsTheBuffer()
    {
        using Expect expect = NewExpect();
        using CancellationTokenSource cancel = new();
        Show("kept ");
        await expect.TryWaitForAsync(["x"], s_moment);
        Task<ExpectMatch> wait = expect.WaitForAsync(["x"], cancellationToken: cancel.Token);

        await cancel.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(wait));
        Show("x");
        Assert.Equal("kept ", (await expect.WaitForAsync("x")).Before);
    }

    [Fact(Timeout = 60_000)]
    public async Task WaitFor_Misuse_Throws()
    {
        Expect expect = NewExpect();
        Assert.ThrowsAny<ArgumentException>(() => expect.WaitFor());
        Assert.ThrowsAny<ArgumentException>(() => expect.WaitFor(""));
        Assert.Throws<ArgumentNullException>(() => expect.WaitFor("x", null!));
        Assert.Throws<ArgumentNullException>(() => expect.WaitFor((Regex)null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => expect.TryWaitFor(["x"], TimeSpan.FromSeconds(-5)));
        Assert.Throws<InvalidOperationException>(() => expect.Send("x"));
        Assert.Throws<InvalidOperationException>(() => expect.Interact());
        Assert.Throws<ArgumentOutOfRangeException>(() => expect.SendControl('1'));
        Assert.ThrowsAny<ArgumentException>(() => NewExpect(new() { BufferLimit = 0 }));
        Assert.ThrowsAny<ArgumentException>(() => NewExpect(new() { SearchWindow = -1 }));
        Assert.ThrowsAny<ArgumentException>(() => NewExpect(new() { DelayBeforeSend = TimeSpan.FromSeconds(-1) }));
        Assert.ThrowsAny<ArgumentException>(() => new Expect(Stream.Null, new MemoryStream([], writable: false)));

        Task<ExpectMatch> wait = expect.WaitForAsync("x");
        Assert.Throws<InvalidOperationException>(() => expect.WaitFor("y"));
        Show("x");
        await wait.Watched();
        expect.Dispose();
        expect.Dispose();
        Assert.Throws<ObjectDisposedException>(() => expect.WaitFor("x"));
        Assert.Throws<ObjectDisposedException>(() => expect.Send("x"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Decoding_ACharacterInParts_IsWhole()
    {
        using Expect expect = NewExpect();
        byte[] bytes = "ä€😀!"u8.ToArray();
        foreach (byte one in bytes)
        {
            await _output.Writer.WriteAsync(new[] { one }, TestContext.Current.CancellationToken);
            await expect.TryWaitForAsync(["nothing"], TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal("ä€😀", (await expect.WaitForAsync("!")).Before);
    }

    [Fact(Timeout = 60_000)]
    public async Task Decoding_NoUtf8_IsReplacedOrOfAnotherEncoding()
    {
        byte[] bytes = [(byte)'a', 0xE4, (byte)'b', 0xFF];
        using Expect utf8 = NewExpect();
        await _output.Writer.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await _output.Writer.CompleteAsync();
        Assert.Equal("a\uFFFDb\uFFFD", (await utf8.WaitForAsync(Expect.EndOfOutput)).Before);

        using Expect latin = new(new MemoryStream(bytes), options: new() { Encoding = Encoding.Latin1 });
        Assert.Equal("aäbÿ", (await latin.WaitForAsync(Expect.EndOfOutput)).Before);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WaitFor_BehindTenMegabytesInSmallParts_IsFast(bool isRegex)
    {
        const int Parts = 2500;
        using Expect expect = new(new PartStream(Parts, "the needle"));
        ExpectPattern needle = isRegex ? new Regex("need(le)") : "needle";

        ExpectMatch match = await expect.WaitForAsync([needle], Watchdog.Limit);

        Assert.Equal((Parts * PartStream.PartLength) + 4, match.Before.Length);
        Assert.Equal("needle", match.After);
    }

    [Fact(Timeout = 60_000)]
    public async Task BufferLimit_DropsTheOldest()
    {
        using Expect expect = NewExpect(new() { BufferLimit = 10 });
        Show("0123456789abc");
        Assert.Null(await expect.TryWaitForAsync(["x"], s_moment));
        Assert.Equal("3456789abc", expect.Buffer);

        Show("x");
        ExpectMatch match = await expect.WaitForAsync("x");

        Assert.Equal("456789abc", match.Before);
        Assert.True(match.IsBeforeTruncated);
        Show("12x");
        Assert.False((await expect.WaitForAsync("x")).IsBeforeTruncated);
    }

    [Fact(Timeout = 60_000)]
    public async Task SearchWindow_BoundsHowFarBackARegexSees()
    {
        using Expect expect = NewExpect(new() { SearchWindow = 3 });
        Show("begin");
        Task<ExpectMatch?> wait = expect.TryWaitForAsync([new Regex("begin.*end"), new Regex("gin.*end")], Watchdog.Limit);
        await Eventually.TrueAsync(() => expect.Buffer.Length == 5);

        Show(" end");

        // What a wait sees first, it sees as a whole; then the window.
        Assert.Equal(1, (await wait.Watched())!.Index);
        Show("begin end");
        await Eventually.TrueAsync(() => expect.TryWaitFor([new Regex("begin end")], s_moment) is not null);
    }

    [Fact(Timeout = 60_000)]
    public async Task Log_HasWhatIsReadAndSentButNoPassword()
    {
        StringWriter log = new();
        List<string> read = [];
        List<string> sent = [];
        MemoryStream input = new();
        await using Expect expect = new(
            _output.Reader.AsStream(), input, new() { Log = log, OnRead = read.Add, OnSent = sent.Add, NewLine = "\r\n" });
        Show("name? ");
        await expect.WaitForAsync("name? ");
        await expect.SendLineAsync("me");
        await expect.SendPasswordAsync("geheim");
        expect.SendControl('c');
        expect.SendLine();

        Assert.Equal("me\r\ngeheim\r\n\u0003\r\n"u8, input.ToArray());
        Assert.Equal("name? me\r\n********\r\n^C\r\n", log.ToString());
        Assert.Equal("name? ", string.Concat(read));
        Assert.Equal(["me\r\n", "********\r\n", "^C", "\r\n"], sent);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_AStreamThatDoesNotHeedCancellation_IsLeftAlone()
    {
        using DeafStream deaf = new();
        Expect expect = new(deaf);
        Assert.Null(await expect.TryWaitForAsync(["x"], s_moment));
        await expect.DisposeAsync().AsTask().Watched();
        Assert.False(deaf.Read.Task.IsCompleted);
    }

    private Expect NewExpect(ExpectOptions? options = null) => new(_output.Reader.AsStream(leaveOpen: true), options: options);

    private void Show(string text)
    {
        _output.Writer.Write(Encoding.UTF8.GetBytes(text));
        ValueTask<FlushResult> flush = _output.Writer.FlushAsync();
        Assert.True(flush.IsCompleted);
    }

    /// <summary>Large output as a terminal gives it: a small part for each read.</summary>
    private sealed class PartStream(int parts, string last) : MemoryStream
    {
        public const int PartLength = 4096;

        private int _given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_given++ < parts)
            {
                buffer.Span[..PartLength].Fill((byte)'n');
                return new ValueTask<int>(PartLength);
            }

            return new ValueTask<int>(_given == parts + 1 ? Encoding.ASCII.GetBytes(last, buffer.Span) : 0);
        }
    }

    private sealed class DeafStream : MemoryStream
    {
        public new TaskCompletionSource<int> Read { get; } = new();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read.Task);
    }
}
