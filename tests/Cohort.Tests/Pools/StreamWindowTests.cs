using Cohort.Pools;

namespace Cohort.Tests.Pools;

public sealed class StreamWindowTests
{
    private static readonly TimeSpan s_fast = TimeSpan.FromTicks(1);
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(1);

    [Fact]
    public void Limit_GivenByTheCaller_StaysWhateverItemsTake()
    {
        StreamWindow window = new(limit: 5, chunkSize: null, workers: 2);
        window.Note(1, s_fast);

        Assert.Equal(5, window.Limit);
        Assert.Equal(1, window.MaxChunk);
    }

    [Fact]
    public void Limit_BeforeAnythingIsKnown_IsTheLeast() =>
        Assert.Equal(3 * StreamWindow.LeastPerWorker, new StreamWindow(null, null, workers: 3).Limit);

    [Fact]
    public void Limit_FastItems_GrowsToTheMostAndShrinksForSlowOnes()
    {
        StreamWindow window = new(null, null, workers: 2);
        window.Note(1, s_fast);
        Assert.Equal(2 * StreamWindow.MostPerWorker, window.Limit);

        window.Note(1, s_slow);
        Assert.Equal(2 * StreamWindow.LeastPerWorker, window.Limit);
    }

    [Fact]
    public void Limit_ItemsInBetween_AreWhatAMillisecondTakes()
    {
        StreamWindow window = new(null, null, workers: 2);
        window.Note(10, TimeSpan.FromMicroseconds(20));

        Assert.Equal(2 * 500, window.Limit);
    }

    [Fact]
    public void Limit_ChunksOfFixedSize_CountsThem() =>
        Assert.Equal(2 * 100 * StreamWindow.LeastPerWorker, new StreamWindow(null, 100, workers: 2).Limit);

    [Fact]
    public void Limit_HugeChunks_DoesNotOverflow()
    {
        StreamWindow window = new(null, int.MaxValue, workers: 1000);
        window.Note(1, s_fast);

        Assert.Equal(int.MaxValue, window.Limit);
        Assert.Equal(int.MaxValue, window.MaxChunk);
    }
}
