using System.Text;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

public sealed class SharedArrayTests
{
    private const int Limit = 60_000;

    [Fact]
    public void Elements_GetAndSet_AreThose()
    {
        using SharedArray<double> array = new([1, 2, 3]);
        array[1] = 5;
        array.Write(2, [7]);
        double[] part = new double[2];
        array.Read(1, part);

        Assert.Equal([1, 5, 7], array);
        Assert.Equal([5, 7], part);
        Assert.Equal(3, array.Length);
        Assert.Equal(3, array.LongLength);
        Assert.Equal([1, 5, 7], array.ToArray());
    }

    [Fact]
    public void Outside_ThrowsAndReleases()
    {
        using SharedArray<int> array = new(3);

        Assert.Throws<IndexOutOfRangeException>(() => array[3]);
        Assert.Throws<IndexOutOfRangeException>(() => array[-1] = 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Write(2, [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => array.Read(2, new int[2]));
        Assert.False(array.Lock.IsHeld);
    }

    [Fact]
    public void Raw_Synchronized_IsTheSameMemory()
    {
        RawSharedArray<int> raw = new([1, 2]);
        using SharedArray<int> array = new(raw);
        array[0] = 9;

        Assert.Equal(9, raw[0]);
    }

    [Fact]
    public void Text_UpToTheFirstZero_IsRead()
    {
        using SharedArray<byte> array = new(10);
        array.WriteText("hello");
        Assert.Equal("hello", array.ReadText());
        array.WriteText("hi");
        Assert.Equal("hi", array.ReadText());
        Assert.Equal((byte)'l', array[3]);
        array.WriteText("0123456789");
        Assert.Equal("0123456789", array.ReadText(Encoding.ASCII));

        Assert.Throws<ArgumentException>(() => array.WriteText("01234567890"));
        Assert.Equal("0123456789", array.ReadText());
    }

    [Fact]
    public void UseAfterDispose_Throws()
    {
        SharedArray<int> array = new(3);
        array.Dispose();
        array.Dispose();

        Assert.Throws<ObjectDisposedException>(() => array[0]);
        Assert.Throws<ObjectDisposedException>(array.ToArray);
        Assert.Throws<ObjectDisposedException>(() => array.Write(0, [1]));
    }

    [Fact(Timeout = Limit)]
    public async Task Workers_WriteWholeRanges_NobodySeesAMixture()
    {
        using SharedArray<int> array = new(500);
        await using ProcessPool pool = new(2);
        Task writers = pool.MapAsync(
            i =>
            {
                for (int round = 0; round < 300; round++)
                {
                    array.Write(0, Enumerable.Repeat((i * 1000) + round, 500).ToArray());
                }

                return 0;
            },
            Enumerable.Range(0, 2),
            chunkSize: 1);
        while (!writers.IsCompleted)
        {
            Assert.Single(array.ToArray().Distinct());
        }

        await writers.Watched();
    }
}
