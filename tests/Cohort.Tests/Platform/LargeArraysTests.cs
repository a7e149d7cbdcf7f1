using System.Runtime.CompilerServices;
using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class LargeArraysTests
{
    private const int Limit = 60_000;
    private const int Length = 8 << 20;

    [Fact]
    public void MostKept_ProcessThatIsNoWorker_IsLittle()
    {
        LargeArrays.Allocate<byte>((int)LargeArrays.LeastKept + 1);

        Assert.Equal(LargeArrays.LeastKept, LargeArrays.MostKept);
        Assert.InRange(LargeArrays.Kept, 0, LargeArrays.LeastKept);
    }

    [Fact(Timeout = Limit)]
    public async Task Allocate_ManySmallerLargeArrays_AllMeetTheKeptMemory()
    {
        await using ProcessPool pool = new(1);
        (long kept, long faults) = await pool.ApplyAsync(static () =>
        {
            UseSome(20, 1 << 20);
            long before = MinorFaults();
            UseSome(100, 1 << 20);
            return (LargeArrays.Kept, MinorFaults() - before);
        });

        Assert.Equal(LargeArrays.LeastKept, kept);

        // Fresh memory would take 256 faults an array.
        Assert.True(faults < 100 * 100, $"{faults} page faults");
    }

    [Fact(Timeout = Limit)]
    public async Task Allocate_GarbageOfTheSameSizeInAWorker_IsLaidWhereItWas()
    {
        await using ProcessPool pool = new(1);
        (long kept, long faults) = await pool.ApplyAsync(static () =>
        {
            UseSome(5, Length);
            long before = MinorFaults();
            UseSome(40, Length);
            return (LargeArrays.Kept, MinorFaults() - before);
        });

        Assert.InRange(kept, Length, Length + (1 << 20));

        // Fresh memory would take 4 faults an array in huge pages, and up to 1022 for what these leave at its ends.
        Assert.True(faults < 40 * 100, $"{faults} page faults");
    }

    [Fact(Timeout = Limit)]
    public async Task Allocate_MoreThanIsKept_KeepsNothing()
    {
        await using ProcessPool pool = new(1);
        Assert.Equal(0, await pool.ApplyAsync(static () =>
        {
            LargeArrays.Allocate<byte>((int)LargeArrays.MostKeptByWorkers + 1);
            return LargeArrays.Kept;
        }));
    }

    [Fact(Timeout = Limit)]
    public async Task Allocate_InAWorkerWhileOthersLive_OverlapsNone()
    {
        await using ProcessPool pool = new(1);
        Assert.True(await pool.ApplyAsync(static () =>
        {
            UseSome(3, Length);
            byte[][] arrays = [.. Enumerable.Range(0, 6).Select(static i => Filled(Length - (i * 4096), (byte)(i + 1)))];
            return Enumerable.Range(0, 6).All(i => !arrays[i].AsSpan().ContainsAnyExcept((byte)(i + 1)));
        }));
    }

    private static void UseSome(int count, int length)
    {
        for (int i = 0; i < count; i++)
        {
            UseOne(length);
        }
    }

    /// <summary>A frame of its own, which keeps nothing alive when it is left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseOne(int length) => Filled(length, 1);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] Filled(int length, byte value)
    {
        byte[] array = LargeArrays.Allocate<byte>(length);
        array.AsSpan().Fill(value);
        return array;
    }

    private static long MinorFaults() => long.Parse(
        File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ')[7], System.Globalization.CultureInfo.InvariantCulture);
}
