using System.Net.Sockets;
using System.Text;
using Cohort.Subprocesses;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Subprocesses;

/// <summary>Where the three streams can come from and go to.</summary>
public sealed class RedirectTests : IDisposable
{
    private readonly Leaks _before = Leaks.Snapshot();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        Leaks.AssertNone(_before);
        _folder.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task Null_GivesNothingAndTakesAll()
    {
        SubprocessOptions options = new() { StandardInput = Redirect.Null, StandardOutput = Redirect.Pipe, StandardError = Redirect.Null };
        Assert.Equal("", (await Subprocess.RunAsync(Subprocess.Shell("cat; echo lost >&2"), options).Watched()).Output);
        Assert.Equal(0, (await Subprocess.RunAsync(["echo"], new() { StandardOutput = Redirect.Null }).Watched()).ReturnCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Files_AreReadWrittenAndAppendedTo()
    {
        string input = _folder.Write("in", "from a file");
        string output = _folder.PathOf("out");

        await Subprocess.RunAsync(["cat"], new() { StandardInput = Redirect.FromFile(input), StandardOutput = Redirect.ToFile(output) }).Watched();
        Assert.Equal("from a file", File.ReadAllText(output));

        await Subprocess.RunAsync(["echo", "more"], new() { StandardOutput = Redirect.ToFile(output, append: true) }).Watched();
        Assert.Equal("from a filemore\n", File.ReadAllText(output));

        await Subprocess.RunAsync(["echo", "new"], new() { StandardOutput = Redirect.ToFile(output) }).Watched();
        Assert.Equal("new\n", File.ReadAllText(output));
    }

    [Fact(Timeout = 60_000)]
    public async Task File_ForBothStreams_IsOpenedOnce()
    {
        Redirect both = Redirect.ToFile(_folder.PathOf("both"));
        await Subprocess.RunAsync(Subprocess.Shell("echo 1; echo 2 >&2; echo 3"), new() { StandardOutput = both, StandardError = both }).Watched();
        Assert.Equal("1\n2\n3\n", File.ReadAllText(_folder.PathOf("both")));

        SubprocessOptions merged = new() { StandardOutput = Redirect.ToFile(_folder.PathOf("merged")), StandardError = Redirect.StandardOutput };
        await Subprocess.RunAsync(Subprocess.Shell("echo 1; echo 2 >&2; echo 3"), merged).Watched();
        Assert.Equal("1\n2\n3\n", File.ReadAllText(_folder.PathOf("merged")));
    }

    [Fact]
    public void Files_ThatCannotBeOpened_AreNamed()
    {
        FileNotFoundException missing = Assert.Throws<FileNotFoundException>(
            static () => Subprocess.Run(["cat"], new() { StandardInput = Redirect.FromFile("/nowhere/in") }));
        Assert.Equal("/nowhere/in", missing.FileName);
        Assert.Throws<FileNotFoundException>(static () => Subprocess.Run(["true"], new() { StandardOutput = Redirect.ToFile("/nowhere/out") }));
        Assert.ThrowsAny<IOException>(static () => Subprocess.Run(["true"], new() { StandardOutput = Redirect.ToFile("/usr") }));
    }

    [Fact(Timeout = 60_000)]
    public async Task Handle_OneForAllThree_IsUsedAsItIs()
    {
        string path = _folder.Write("inout", "line\n");
        using (FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0))
        {
            Redirect handle = Redirect.Handle(file.SafeFileHandle);
            await Subprocess.RunAsync(
                Subprocess.Shell("read l; echo got $l; echo err >&2"),
                new() { StandardInput = handle, StandardOutput = handle, StandardError = handle }).Watched();
            Assert.False(file.SafeFileHandle.IsClosed);
        }

        Assert.Equal("line\ngot line\nerr\n", File.ReadAllText(path));
    }

    [Fact(Timeout = 60_000)]
    public async Task Socket_CarriesInputAndOutput()
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_folder.PathOf("s")));
        listener.Listen();
        using Socket here = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        here.Connect(listener.LocalEndPoint!);
        using Socket there = listener.Accept();

        await using (Subprocess process = Subprocess.Start(["cat"], new() { StandardInput = Redirect.Socket(there), StandardOutput = Redirect.Socket(there) }))
        {
            there.Dispose();
            here.Send("ping"u8);
            here.Shutdown(SocketShutdown.Send);
            byte[] buffer = new byte[10];
            Assert.Equal(4, await here.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().Watched());
            Assert.Equal(0, await process.WaitAsync().Watched());
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Streams_OfThisProcess_AreReadAndWritten(bool isAsync)
    {
        byte[] data = new byte[1 << 20];
        new Random(1).NextBytes(data);
        using MemoryStream source = new(data);
        using MemoryStream target = new();
        SubprocessOptions options = new() { StandardInput = Redirect.FromStream(source), StandardOutput = Redirect.ToStream(target) };

        CompletedSubprocess result = isAsync
            ? await Subprocess.RunAsync(["cat"], options).Watched()
            : await Watchdog.Run(() => Subprocess.Run(["cat"], options));

        Assert.Equal(0, result.ReturnCode);
        Assert.Equal("", result.Output);
        Assert.True(target.ToArray().AsSpan().SequenceEqual(data));
        Assert.True(target.CanWrite);
    }

    [Fact(Timeout = 60_000)]
    public async Task FromStream_ThatNeverEnds_EndsWithTheCommand()
    {
        await using Subprocess other = Subprocess.Start(["cat"], new() { StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe });

        CompletedSubprocess result = await Subprocess.RunAsync(["true"], new() { StandardInput = Redirect.FromStream(other.StandardOutput) }).Watched();

        Assert.Equal(0, result.ReturnCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ToLines_GetsEachLineWithoutItsEnd(bool isAsync)
    {
        List<string> lines = [];
        SubprocessOptions options = new() { StandardOutput = Redirect.ToLines(lines.Add) };
        IReadOnlyList<string> command = ["printf", "one\\ntwo\\r\\nthree\\rfour\\n\\nlast"];

        _ = isAsync ? await Subprocess.RunAsync(command, options).Watched() : await Watchdog.Run(() => Subprocess.Run(command, options));

        Assert.Equal(["one", "two", "three", "four", "", "last"], lines);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ToLines_ThatThrows_EndsTheCommandAndIsThrown(bool isAsync)
    {
        SubprocessOptions options = new() { StandardOutput = Redirect.ToLines(static _ => throw new NotSupportedException("mine")) };
        IReadOnlyList<string> command = Subprocess.Shell("echo line; exec sleep 1000");

        Exception fault = await Watchdog.FaultOf(isAsync ? Subprocess.RunAsync(command, options) : Watchdog.Run(() => Subprocess.Run(command, options)));

        Assert.Equal("mine", Assert.IsType<NotSupportedException>(fault).Message);
    }

    [Fact(Timeout = 60_000)]
    public async Task Start_WithTextAndLines_IsServedInTheBackground()
    {
        List<string> lines = [];
        string input = string.Concat(Enumerable.Repeat("0123456789\n", 20_000));
        await using Subprocess process = Subprocess.Start(
            ["cat"], new() { StandardInput = Redirect.Text(input), StandardOutput = Redirect.ToLines(lines.Add) });

        Assert.Equal(0, await process.WaitAsync().Watched());

        Assert.Equal(20_000, lines.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Start_WithLinesThatThrow_IsToldByWait()
    {
        await using Subprocess process = Subprocess.Start(
            Subprocess.Shell("echo x"), new() { StandardOutput = Redirect.ToLines(static _ => throw new NotSupportedException("mine")) });

        Assert.IsType<NotSupportedException>(await Watchdog.FaultOf(process.WaitAsync()));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tee_GivesAllTargetsAll(bool isAsync)
    {
        using MemoryStream stream = new();
        List<string> lines = [];
        SubprocessOptions options = new()
        {
            StandardOutput = Redirect.Tee(
                Redirect.Pipe, Redirect.ToStream(stream), Redirect.ToLines(lines.Add), Redirect.ToFile(_folder.PathOf("tee")), Redirect.Null),
        };

        CompletedSubprocess result = isAsync
            ? await Subprocess.RunAsync(["echo", "all"], options).Watched()
            : await Watchdog.Run(() => Subprocess.Run(["echo", "all"], options));

        Assert.Equal("all\n", result.Output);
        Assert.Equal("all\n", Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Equal(["all"], lines);
        Assert.Equal("all\n", File.ReadAllText(_folder.PathOf("tee")));
    }

    [Fact(Timeout = 60_000)]
    public async Task OutputLines_ComeWhileTheCommandRuns()
    {
        await using Subprocess process = Subprocess.Start(["cat"], new() { StandardInput = Redirect.Pipe, StandardOutput = Redirect.Pipe });
        await using IAsyncEnumerator<string> lines = process.OutputLines().GetAsyncEnumerator(TestContext.Current.CancellationToken);

        await process.InputWriter.WriteLineAsync("one");
        Assert.True(await lines.MoveNextAsync().AsTask().Watched());
        Assert.Equal("one", lines.Current);
        await process.InputWriter.WriteAsync("two");
        process.InputWriter.Dispose();
        Assert.True(await lines.MoveNextAsync().AsTask().Watched());
        Assert.Equal("two", lines.Current);
        Assert.False(await lines.MoveNextAsync().AsTask().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task OutputLines_OfACommandThatClosesItsOutput_EndBeforeItDoes()
    {
        await using Subprocess process = Subprocess.Start(
            Subprocess.Shell("echo only; exec >&-; exec sleep 1000"), new() { StandardOutput = Redirect.Pipe });

        Assert.Equal(["only"], await process.OutputLines().ToListAsync());
        Assert.Null(process.Poll());
    }

    [Fact(Timeout = 60_000)]
    public async Task Lines_AreTaggedWithTheirStream()
    {
        await using Subprocess process = Subprocess.Start(
            Subprocess.Shell("echo out; echo err >&2; echo out2"), new() { CaptureOutput = true });

        List<SubprocessLine> lines = await process.Lines().ToListAsync();

        Assert.Equal(["out", "out2"], lines.Where(static line => !line.IsError).Select(static line => line.Text));
        Assert.Equal(["err"], lines.Where(static line => line.IsError).Select(static line => line.ToString()));
    }

    [Fact(Timeout = 60_000)]
    public async Task ErrorLines_MergedIntoOutput_ComeInOrder()
    {
        await using Subprocess process = Subprocess.Start(
            Subprocess.Shell("echo 1; echo 2 >&2; echo 3"), new() { StandardOutput = Redirect.Pipe, StandardError = Redirect.StandardOutput });
        Assert.Equal(["1", "2", "3"], await process.OutputLines().ToListAsync());

        await using Subprocess other = Subprocess.Start(Subprocess.Shell("echo e >&2"), new() { StandardError = Redirect.Pipe });
        Assert.Equal(["e"], await other.ErrorLines().ToListAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task OutputLines_TakerStopsEarly_CommandMeetsABrokenPipe()
    {
        await using Subprocess process = Subprocess.Start(["yes"], new() { StandardOutput = Redirect.Pipe });
        int count = 0;
        await foreach (string line in process.OutputLines(TestContext.Current.CancellationToken))
        {
            Assert.Equal("y", line);
            if (++count == 5000)
            {
                break;
            }
        }

        Assert.Equal(-13, await process.WaitAsync().Watched());
    }

    [Fact(Timeout = 60_000)]
    public async Task OutputLines_Cancelled_Throw()
    {
        using CancellationTokenSource cancel = new();
        await using Subprocess process = Subprocess.Start(["sleep", "1000"], new() { StandardOutput = Redirect.Pipe });

        Task<List<string>> lines = process.OutputLines(cancel.Token).ToListAsync();
        await cancel.CancelAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await Watchdog.FaultOf(lines));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(CaptureOverflow.KeepHead, "0123456789")]
    [InlineData(CaptureOverflow.KeepTail, "90abcdefgh")]
    public async Task CaptureLimit_Exceeded_KeepsHeadOrTail(CaptureOverflow overflow, string expected)
    {
        SubprocessOptions options = new() { CaptureOutput = true, CaptureLimit = 10, CaptureOverflow = overflow };

        CompletedSubprocess result = await Subprocess.RunAsync(["printf", "01234567890abcdefgh"], options).Watched();

        Assert.Equal(expected, result.Output);
        Assert.True(result.IsOutputTruncated);
        Assert.Equal(0, result.ReturnCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CaptureLimit_ExceededAndThrow_EndsTheCommandAndHasTheHead(bool isAsync)
    {
        SubprocessOptions options = new() { CaptureOutput = true, CaptureLimit = 1000 };

        Exception fault = await Watchdog.FaultOf(isAsync ? Subprocess.RunAsync(["yes"], options) : Watchdog.Run(() => Subprocess.Run(["yes"], options)));

        SubprocessOverflowException overflow = Assert.IsType<SubprocessOverflowException>(fault);
        Assert.Equal(1000, overflow.Limit);
        Assert.Equal(1000, overflow.Result.OutputBytes.Length);
        Assert.Contains("CaptureLimit", overflow.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task CaptureLimit_LongTail_IsExact()
    {
        SubprocessOptions options = new() { CaptureOutput = true, CaptureLimit = 100_000, CaptureOverflow = CaptureOverflow.KeepTail };

        CompletedSubprocess result = await Subprocess.RunAsync(["seq", "1", "200000"], options).Watched();

        Assert.Equal(100_000, result.Output.Length);
        Assert.EndsWith("\n199999\n200000\n", result.Output, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task CaptureLimit_JustMet_IsNoOverflow()
    {
        CompletedSubprocess result = await Subprocess.RunAsync(["printf", "0123456789"], new() { CaptureOutput = true, CaptureLimit = 10 }).Watched();
        Assert.Equal("0123456789", result.Output);
        Assert.False(result.IsOutputTruncated);
    }

    [Fact(Timeout = 60_000)]
    public async Task PipeSize_IsThatOfThePipes()
    {
        await using Subprocess process = Subprocess.Start(["sleep", "1000"], new() { StandardOutput = Redirect.Pipe, PipeSize = 300_000 });
        Assert.Equal(512 * 1024, Cohort.Platform.Pipes.SizeOf(process.StandardOutput.SafeFileHandle));
    }

    [Fact]
    public void Misfits_AreRefused()
    {
        static void Refused(SubprocessOptions options) => Assert.ThrowsAny<ArgumentException>(() => Subprocess.Run(["true"], options));
        Refused(new() { StandardOutput = Redirect.StandardOutput });
        Refused(new() { StandardInput = Redirect.StandardOutput });
        Refused(new() { StandardOutput = Redirect.Text("x") });
        Refused(new() { StandardError = Redirect.Bytes(default) });
        Refused(new() { StandardInput = Redirect.ToLines(static _ => { }) });
        Refused(new() { StandardInput = Redirect.ToFile("/dev/null") });
        Refused(new() { StandardOutput = Redirect.FromFile("/dev/null") });
        Refused(new() { CaptureOutput = true, StandardOutput = Redirect.Null });
        Refused(new() { CaptureOutput = true, StandardError = Redirect.Null });
        Refused(new() { BufferSize = 0 });
        Refused(new() { PipeSize = -1 });
        Refused(new() { CaptureLimit = 0 });
        Refused(new() { DrainTimeout = TimeSpan.FromSeconds(-3) });
        Refused(new() { StandardInput = null! });
        Assert.Throws<ArgumentException>(static () => Redirect.Tee(Redirect.StandardOutput));
        Assert.Throws<ArgumentException>(static () => Redirect.Tee(Redirect.Text("x")));
        Assert.Throws<ArgumentException>(static () => Redirect.ToFile("a\0b"));
        Assert.Throws<ArgumentException>(static () => Redirect.ToStream(new MemoryStream([], writable: false)));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1 << 20)]
    public async Task BufferSize_OfAnySize_GivesTheSame(int size)
    {
        SubprocessOptions options = new() { CaptureOutput = true, BufferSize = size };
        Assert.Equal("one two ☂\n", (await Subprocess.RunAsync(["echo", "one two ☂"], options).Watched()).Output);

        List<string> lines = [];
        await Subprocess.RunAsync(["printf", "a☂\\r\\nb\\n"], new() { StandardOutput = Redirect.ToLines(lines.Add), BufferSize = size }).Watched();
        Assert.Equal(["a☂", "b"], lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task Select_OnAPipe_SeesItsData()
    {
        await using Subprocess process = Subprocess.Start(["echo", "apple"], new() { StandardOutput = Redirect.Pipe });
        SafeFileHandle handle = process.StandardOutput.SafeFileHandle;
        await Eventually.TrueAsync(() => Cohort.Platform.Descriptors.IsReadable(handle));
        byte[] buffer = new byte[10];
        Assert.Equal(6, process.StandardOutput.Read(buffer));
    }
}
