using Cohort.Sharing;

namespace Cohort.Tests.Sharing;

public sealed class RawSharedArrayTests
{
    private const int Limit = 60_000;

    [Fact]
    public void New_Length_IsZeroed()
    {
        using RawSharedArray<double> array = new(1000);

        Assert.Equal(1000, array.Length);
        Assert.All(array, static x => Assert.Equal(0, x));
    }

    [Fact]
    public void New_Elements_HasThem()
    {
        using RawSharedArray<Point> array = new([new Point(1, 2.5, true), new Point(3, 4.5, false)]);

        Assert.Equal([new Point(1, 2.5, true), new Point(3, 4.5, false)], array.ToArray());
    }

    [Fact]
    public void Span_Slice_IsTheMemoryItself()
    {
        using RawSharedArray<int> array = new([1, 2, 3, 4, 5]);
        array.Span[1..3].Fill(9);
        array.GetSpan(4, 1)[0] = 7;
        array[0]++;

        Assert.Equal([2, 9, 9, 4, 7], array);
    }

    [Fact]
    public void New_Empty_HasNothing()
    {
        using RawSharedArray<int> array = new(0);

        Assert.Empty(array);
        Assert.True(array.Span.IsEmpty);
    }

    [Fact]
    public void Outside_Throws()
    {
        using RawSharedArray<int> array = new(3);

        Assert.Throws<IndexOutOfRangeException>(() => array[3]);
        Assert.Throws<IndexOutOfRangeException>(() => array[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.GetSpan(1, 3).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.GetSpan(-1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RawSharedArray<int>(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RawSharedArray<long>(long.MaxValue / 4));
    }

    [Fact]
    public void New_MoreThanThereIs_SaysSo() => Assert.Throws<IOException>(() => new RawSharedArray<long>(1L << 55));

    [Fact]
    public void ChangeOfLength_IsRefused()
    {
        using RawSharedArray<int> array = new(3);
        IList<int> list = array;

        Assert.Contains("length that it was made with", Assert.Throws<NotSupportedException>(() => list.Add(1)).Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => list.Insert(0, 1));
        Assert.Throws<NotSupportedException>(() => list.RemoveAt(0));
        Assert.Throws<NotSupportedException>(() => list.Remove(0));
        Assert.Throws<NotSupportedException>(list.Clear);
        list[1] = 4;
        Assert.Equal(1, list.IndexOf(4));
        Assert.Contains(4, list);
        Assert.DoesNotContain(5, list);
    }

    [Fact]
    public void UseAfterDispose_Throws()
    {
        RawSharedArray<int> array = new(3);
        array.Dispose();

        Assert.Throws<ObjectDisposedException>(() => array[0]);
        Assert.Throws<ObjectDisposedException>(() => array.Span.Length);
        Assert.Throws<ObjectDisposedException>(array.ToArray);
    }

    [Fact(Timeout = Limit)]
    public async Task Workers_WriteToALargeArray_AllIsSeen()
    {
        using RawSharedArray<int> array = new(4 << 20);
        await using ProcessPool pool = new(2);
        int part = array.Length / 8;
        await pool.MapAsync(
            i =>
            {
                array.GetSpan((long)i * part, part).Fill(i + 1);
                return 0;
            },
            Enumerable.Range(0, 8),
            chunkSize: 1).Watched();

        for (int i = 0; i < 8; i++)
        {
            Assert.False(array.GetSpan((long)i * part, part).ContainsAnyExcept(i + 1));
        }
    }

    [Fact(Timeout = Limit)]
    public async Task Value_InterlockedInWorkers_CountsExactly()
    {
        using RawSharedValue<long> count = new();
        await using ProcessPool pool = new(2);
        await pool.MapAsync(
            _ =>
            {
                for (int i = 0; i < 10_000; i++)
                {
                    Interlocked.Increment(ref count.Ref);
                }

                return 0;
            },
            Enumerable.Range(0, 4),
            chunkSize: 1).Watched();

        Assert.Equal(40_000, count.Value);
    }

    private readonly record struct Point(byte X, double Y, bool IsSet);
}
