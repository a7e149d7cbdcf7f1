using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

public sealed class SharedValueTests
{
    private const int Limit = 60_000;

    [Fact]
    public void Value_SetAndGet_IsThat()
    {
        using SharedValue<decimal> value = new(1.5m);
        Assert.Equal(1.5m, value.Value);
        value.Value = 2.5m;

        Assert.Equal(2.5m, value.Raw.Value);
        Assert.False(value.Lock.IsHeld);
    }

    [Fact]
    public void Value_UnderItsOwnLock_GoesInAgain()
    {
        using SharedValue<int> value = new();
        using (value.Lock.Acquire())
        {
            value.Value = value.Value + 1;
        }

        Assert.Equal(1, value.Update(static x => x));
    }

    [Fact]
    public void Update_FunctionThrows_ChangesNothingAndReleases()
    {
        using SharedValue<int> value = new(3);

        Assert.Throws<FormatException>(() => value.Update(static _ => throw new FormatException()));
        Assert.Equal(3, value.Value);
        Assert.False(value.Lock.IsHeld);
    }

    [Fact]
    public void Lock_SharedByTwo_IsOneAndOutlivesBoth()
    {
        using InterprocessRecursiveLock gate = new();
        SharedValue<int> one = new(1, gate);
        SharedArray<int> two = new(3, gate);
        Assert.Same(one.Lock, two.Lock);
        one.Dispose();
        two.Dispose();

        gate.Acquire().Dispose();
    }

    [Fact]
    public void UseAfterDispose_Throws()
    {
        SharedValue<int> value = new();
        value.Dispose();
        value.Dispose();

        Assert.Throws<ObjectDisposedException>(() => value.Value);
        Assert.Throws<ObjectDisposedException>(() => value.Value = 1);
        Assert.Throws<ObjectDisposedException>(() => value.Update(static x => x));
    }

    [Fact(Timeout = Limit)]
    public async Task Update_InWorkers_CountsExactly()
    {
        using SharedValue<long> value = new();
        await using ProcessPool pool = new(2);
        await pool.MapAsync(
            _ =>
            {
                for (int i = 0; i < 3000; i++)
                {
                    value.Update(static x => x + 1);
                    using (value.Lock.Acquire())
                    {
                        value.Value++;
                    }
                }

                return 0;
            },
            Enumerable.Range(0, 4),
            chunkSize: 1).Watched();

        Assert.Equal(24_000, value.Value);
    }

    [Fact(Timeout = Limit)]
    public async Task Value_LargerThanAWord_IsNeverSeenHalfWritten()
    {
        using SharedValue<(long A, long B, long C)> value = new();
        await using ProcessPool pool = new(1);
        Task writer = pool.ApplyAsync(() =>
        {
            for (int i = 1; i <= 20_000; i++)
            {
                value.Value = (i, i, i);
            }

            return 0;
        });
        while (!writer.IsCompleted)
        {
            (long a, long b, long c) = value.Value;
            Assert.True(a == b && b == c, $"{a} {b} {c}");
        }

        await writer.Watched();
        Assert.Equal((20_000, 20_000, 20_000), value.Value);
    }
}
