using System.Text;
using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>Streams of the caller that do not heed cancellation, or take their time, keep nobody longer than they may.</summary>
public sealed class StalledStreamTests : IDisposable
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(50);

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Source_ThatNeverAnswers_EndsWithTheCommand(bool isBlocking)
    {
        using StalledStream source = new(isBlocking);
        SubprocessOptions options = new() { StandardInput = Redirect.FromStream(source) };

        Assert.Equal(0, await Watchdog.Run(() => Subprocess.Call(["true"], options)));
        Assert.Equal(0, await Subprocess.CallAsync(["true"], options).Watched());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Source_ThatNeverAnswers_LeavesTimeoutCancellationAndDisposal(bool isBlocking)
    {
        using StalledStream source = new(isBlocking);
        SubprocessOptions options = new() { StandardInput = Redirect.FromStream(source) };
        string[] command = ["sleep", "1000"];

        await Assert.ThrowsAsync<SubprocessTimeoutException>(() => Watchdog.Run(() => Subprocess.Run(command, options, s_short)));
        await Assert.ThrowsAsync<SubprocessTimeoutException>(() => Subprocess.RunAsync(command, options, s_short).Watched());
        using CancellationTokenSource stop = new(s_short);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Subprocess.RunAsync(command, options, null, stop.Token).Watched());
        Subprocess started = Subprocess.Start(command, options);
        await Watchdog.Run(started.Dispose);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Target_ThatTakesNothing_LeavesTimeoutCancellationAndDisposal(bool isBlocking, bool drainsNothing)
    {
        using StalledStream target = new(isBlocking);
        SubprocessOptions options = new() { StandardOutput = Redirect.Tee(Redirect.ToStream(target), Redirect.Pipe) };
        options = drainsNothing ? options with { DrainTimeout = TimeSpan.Zero } : options;
        string[] command = ["echo", "text"];

        await Assert.ThrowsAsync<SubprocessTimeoutException>(() => Watchdog.Run(() => Subprocess.Run(command, options, s_short)));
        await Assert.ThrowsAsync<SubprocessTimeoutException>(() => Subprocess.RunAsync(command, options, s_short).Watched());
        using CancellationTokenSource stop = new(s_short);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Subprocess.RunAsync(command, options, null, stop.Token).Watched());
        Subprocess started = Subprocess.Start(command, options);
        Assert.False(await started.TryWaitAsync(s_short, TestContext.Current.CancellationToken).Watched());
        await Watchdog.Run(started.Dispose);
    }

    [Fact(Timeout = 60_000)]
    public async Task Target_ThatTakesItsTime_GetsAllThatTheCommandWrote()
    {
        using StalledStream target = new(isBlocking: false);
        await using Subprocess process = Subprocess.Start(
            ["head", "-c", "50000", "/dev/zero"],
            new() { StandardOutput = Redirect.ToStream(target), BufferSize = 1000, DrainTimeout = TimeSpan.Zero });
        await process.Exited.Watched();
        Assert.False(await process.TryWaitAsync(s_short, TestContext.Current.CancellationToken).Watched());

        target.GoOn();

        Assert.Equal(0, await process.WaitAsync().Watched());
        Assert.Equal(50000, target.Taken);
    }

    [Fact(Timeout = 60_000)]
    public async Task Source_ThatAnswersAfterATimeout_IsHeard()
    {
        using StalledStream source = new(isBlocking: false);
        await using Subprocess process = Subprocess.Start(
            ["cat"], new() { StandardInput = Redirect.FromStream(source), StandardOutput = Redirect.Pipe });
        Assert.Null(await process.TryCommunicateAsync(s_short, cancellationToken: TestContext.Current.CancellationToken).Watched());

        source.GoOn();

        Assert.Equal("given", (await process.CommunicateAsync().Watched()).Output);
    }

    /// <summary>Neither reads nor writes end before it is told to go on, whatever their tokens say.</summary>
    private sealed class StalledStream(bool isBlocking) : Stream
    {
        private readonly ManualResetEventSlim _goesOn = new();
        private readonly TaskCompletionSource _goesOnAsync = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reads;
        private int _taken;

        public int Taken => Volatile.Read(ref _taken);

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void GoOn()
        {
            _goesOn.Set();
            _goesOnAsync.TrySetResult();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            _goesOn.Wait(CancellationToken.None);
            return Give(buffer.AsSpan(offset, count));
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (isBlocking)
            {
                return await base.ReadAsync(buffer, cancellationToken);
            }

            await _goesOnAsync.Task;
            return Give(buffer.Span);
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            _goesOn.Wait(CancellationToken.None);
            Interlocked.Add(ref _taken, count);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (isBlocking)
            {
                await base.WriteAsync(buffer, cancellationToken);
                return;
            }

            await _goesOnAsync.Task;
            Interlocked.Add(ref _taken, buffer.Length);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            GoOn();
            base.Dispose(disposing);
        }

        private int Give(Span<byte> buffer) => Interlocked.Increment(ref _reads) == 1 ? Encoding.ASCII.GetBytes("given", buffer) : 0;
    }
}
