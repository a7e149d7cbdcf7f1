using System.Diagnostics;
using Cohort.Platform;

namespace Cohort.Tests.Platform;

/// <summary>One suite for both ways to wait on several words: futex_waitv, and slices where the kernel lacks it.</summary>
public abstract class AddressWaiterTests : IDisposable
{
    private readonly SharedPages _pages = SharedPages.Create("waiter-test", 4096);

    private protected abstract AddressWaiter Waiter { get; }

    /// <summary>A word of the shared page.</summary>
    private unsafe ref int Word(int index) => ref ((int*)_pages.Address)[index];

    public void Dispose() => _pages.Dispose();

    [Fact]
    public void Wait_ValueDiffers_ReturnsAtOnce() => Assert.True(Waiter.Wait(ref Word(0), 1, -1));

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Wait_NobodyWakes_TimesOut(int milliseconds)
    {
        long start = Stopwatch.GetTimestamp();

        // An interruption counts as woken: then it is waited again, as every caller does.
        while (Waiter.Wait(ref Word(0), 0, milliseconds))
        {
        }

        Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds >= milliseconds);
    }

    [Fact]
    public void Wait_NegativeTimeout_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Waiter.Wait(ref Word(0), 0, -2));
        Assert.Throws<ArgumentOutOfRangeException>(() => WaitAny(-2, (0, 0)));
    }

    [Fact]
    public void Wait_UnmappedAddress_ThrowsAndDoesNotCrash() => Assert.Throws<IOException>(
        WaitOnUnmapped);

    [Fact(Timeout = 60_000)]
    public async Task Wake_Sleeper_GoesOn()
    {
        Task<bool> sleeper = Task.Factory.StartNew(
            () =>
            {
                while (Volatile.Read(ref Word(0)) == 0)
                {
                    if (!Waiter.Wait(ref Word(0), 0, 20_000))
                    {
                        return false;
                    }
                }

                return true;
            },
            TaskCreationOptions.LongRunning);

        Volatile.Write(ref Word(0), 1);
        Waiter.Wake(ref Word(0), int.MaxValue);

        Assert.True(await sleeper.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task Wake_ThreeSleepers_CountsThoseItWoke()
    {
        Task[] sleepers = [.. Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(
            () =>
            {
                while (Volatile.Read(ref Word(0)) == 0)
                {
                    Waiter.Wait(ref Word(0), 0, 20_000);
                }
            },
            TaskCreationOptions.LongRunning))];

        // The word stays as it is, so that whoever was woken sleeps again: three in all show that all three sleep.
        await Eventually.TrueAsync(() => Waiter.Wake(ref Word(0), int.MaxValue) == 3);
        Volatile.Write(ref Word(0), 1);
        Waiter.Wake(ref Word(0), int.MaxValue);

        await Task.WhenAll(sleepers).WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Wake_NoSleeper_IsZero() => Assert.Equal(0, Waiter.Wake(ref Word(0), 1));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void WaitAny_OneHasChanged_GivesItsIndex(int changed)
    {
        Word(changed) = 7;

        Assert.Equal(changed, WaitAny(-1, (0, 0), (1, 0), (2, 0)));
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(40, 3)]
    [InlineData(40, 1)]
    public void WaitAny_NobodyWakes_TimesOut(int milliseconds, int count)
    {
        long start = Stopwatch.GetTimestamp();

        Assert.Equal(-1, WaitAny(milliseconds, [.. Enumerable.Range(0, count).Select(static i => (i, 0))]));

        Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds >= milliseconds);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    public async Task WaitAny_ChangedAndWokenWhileAsleep_GivesItsIndex(int changed)
    {
        (int, int)[] all = [.. Enumerable.Range(0, AddressWaiter.MaxTargets).Select(static i => (i, 0))];
        Task<int> sleeper = Task.Factory.StartNew(() => WaitAny(20_000, all), TaskCreationOptions.LongRunning);

        Volatile.Write(ref Word(changed), 1);
        Waiter.Wake(ref Word(changed), 1);

        Assert.Equal(changed, await sleeper.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void WaitAny_NoneOrTooMany_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => WaitAny(0));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => WaitAny(0, [.. Enumerable.Range(0, AddressWaiter.MaxTargets + 1).Select(static i => (i, 0))]));
    }

    [Fact(Timeout = 60_000)]
    public async Task Wait_AcrossProcesses_PingPongs()
    {
        const int Rounds = 2000;
        using ChildProcess child = ProcessLauncher.Instance.Launch(TestWorker.Request("futex-answer", "3", "2000") with
        {
            Descriptors = [LaunchDescriptor.FromHandle(_pages.Handle, 3)],
        });

        await Task.Run(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                Volatile.Write(ref Word(0), round + 1);
                Waiter.Wake(ref Word(0), 1);
                while (Volatile.Read(ref Word(16)) == round)
                {
                    Assert.True(round % 2 == 0 ? Waiter.Wait(ref Word(16), round, 20_000) : WaitAny(20_000, (16, round), (32, 0)) == 0);
                }
            }
        });

        Assert.Equal(0, (await child.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
        Assert.Equal(Rounds, Word(16));
    }

    private unsafe void WaitOnUnmapped() => Waiter.Wait(ref *(int*)4096, 0, 10);

    private unsafe int WaitAny(int timeout, params ReadOnlySpan<(int Index, int Expected)> targets)
    {
        WaitTarget[] native = new WaitTarget[targets.Length];
        for (int i = 0; i < native.Length; i++)
        {
            native[i] = new WaitTarget((int*)_pages.Address + targets[i].Index, targets[i].Expected);
        }

        return Waiter.WaitAny(native, timeout);
    }
}
