using Cohort.Pools;

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
}
