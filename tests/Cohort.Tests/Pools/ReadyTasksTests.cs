using Cohort.Pools;
using Cohort.Serializing;

namespace Cohort.Tests.Pools;

public sealed class ReadyTasksTests
{
    [Fact]
    public void TryNext_ManyPriorities_GoByThemAndLeaveFewLevels()
    {
        ReadyTasks ready = new();
        FunctionEntry function = new(1, new PoolAction(static () => { }), default);
        int[] priorities = [.. Enumerable.Range(0, 1000)];
        Random random = new(20261130);
        random.Shuffle(priorities);
        foreach (int priority in priorities)
        {
            ready.PushBack(new ApplyItem<Nothing, Nothing>(function, new TaskOptions { Priority = priority }, default));
        }

        for (int priority = 999; priority >= 0; priority--)
        {
            Assert.True(ready.TryNext(1, out WorkItem? item));
            Assert.Equal(priority, item.Options.Priority);
        }

        Assert.True(ready.IsEmpty);
        Assert.False(ready.TryNext(1, out _));
        Assert.InRange(ready.LevelCount, 0, 10);
    }

    [Fact]
    public void TryNext_AMapWhoseSpeedIsNotKnown_HoldsTheOthersBackUntilItIs()
    {
        ReadyTasks ready = new();
        MapOperation<int, int> known = NewMap(), late = NewMap();
        ready.Add(known);
        int full = 0;
        for (int turn = 0; turn < 5; turn++)
        {
            WorkItem chunk = Next(known);
            full = chunk.Count;
            Settle(chunk, TimeSpan.FromMicroseconds(chunk.Count));
        }

        Assert.Equal(500, full);
        ready.Add(late);
        WorkItem first = Next(late);
        Assert.Equal(1, first.Count);
        for (int turn = 0; turn < 5; turn++)
        {
            Assert.Equal(16, Next(known).Count);
            Assert.Equal(1, Next(late).Count);
        }

        // So slow that one at a time is all that there will be.
        Settle(first, TimeSpan.FromMilliseconds(10));
        Next(known);
        Next(late);
        Assert.Equal(full, Next(known).Count);

        WorkItem Next(MapOperation<int, int> owner)
        {
            // Turn by turn; the single tasks, of which there are none, are skipped.
            Assert.True(ready.TryNext(1, out WorkItem? item));
            Assert.Same(owner.Function, item.Function);
            return item;
        }

        static void Settle(WorkItem chunk, TimeSpan elapsed)
        {
            chunk.RunHere();
            chunk.CompleteHere(elapsed);
        }

        static MapOperation<int, int> NewMap() =>
            new(new FunctionEntry(1, new PoolFunc<int, int>(static number => number), default), new TaskOptions(), new int[100_000], null, null);
    }

    [Fact]
    public void NoteAbandoned_ForEachOfMany_LooksThroughThemAFewTimes()
    {
        const int Count = 20_000;
        ReadyTasks ready = new();
        Counter looks = new();
        Unwanted[] items = [.. Enumerable.Range(0, Count).Select(_ => new Unwanted(looks))];
        Array.ForEach(items, ready.PushBack);
        foreach (Unwanted item in items.Reverse())
        {
            item.IsUnwanted = true;
            ready.NoteAbandoned();
        }

        Assert.True(ready.IsEmpty);
        Assert.InRange(looks.Value, Count, 5 * Count);

        ready.PushBack(items[0]);
        ready.NoteAbandoned();
        Assert.True(ready.IsEmpty);
    }

    [Fact]
    public void TryNext_AFixedChunkSize_IsKeptBesideAMapWhoseSpeedIsNotKnown()
    {
        ReadyTasks ready = new();
        FunctionEntry function = new(1, new PoolFunc<int, int>(static number => number), default);
        ready.Add(new MapOperation<int, int>(function, new TaskOptions(), new int[1000], null, null));
        ready.Add(new MapOperation<int, int>(function, new TaskOptions(), new int[1000], null, 100));
        int[] sizes = [.. Enumerable.Range(0, 6).Select(_ => ready.TryNext(1, out WorkItem? item) ? item.Count : 0)];
        Assert.Equal([1, 100, 1, 100, 1, 100], sizes);
    }

    private sealed class Counter
    {
        public int Value { get; set; }
    }

    /// <summary>Counts how often it is asked whether it is wanted.</summary>
    private sealed class Unwanted(Counter looks)
        : WorkItem(new FunctionEntry(1, new PoolAction(static () => { }), default), new TaskOptions())
    {
        public bool IsUnwanted { get; set; }

        public override bool IsAbandoned
        {
            get
            {
                looks.Value++;
                return IsUnwanted;
            }
        }

        public override void WriteArguments(PickleWriter writer) => throw new NotSupportedException();

        public override void Complete(PickleReader reader, TimeSpan elapsed) => throw new NotSupportedException();

        public override void Fail(Exception exception) => throw new NotSupportedException();

        public override void RunHere() => throw new NotSupportedException();

        public override void CompleteHere(TimeSpan elapsed) => throw new NotSupportedException();

        public override string DescribeArguments() => throw new NotSupportedException();
    }
}
