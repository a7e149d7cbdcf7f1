using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>A condition with a name: one file holds it and its lock.</summary>
public sealed class NamedConditionTests : IDisposable
{
    private const int Limit = 60_000;

    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private string Path => $"/dev/shm/cohort.{_name}";

    public void Dispose() => File.Delete(Path);

    [Fact]
    public void OpenOrCreate_Twice_IsTheSameConditionWithTheSameLock()
    {
        using InterprocessCondition one = InterprocessCondition.OpenOrCreate(_name);
        using InterprocessCondition other = InterprocessCondition.OpenOrCreate(_name);
        using InterprocessCondition third = InterprocessCondition.Open(_name);
        using (one.Acquire())
        {
            Assert.True(other.RecursiveLock!.IsHeldByCurrentThread);
            Assert.Equal(1, third.RecursiveLock!.RecursionCount);
        }

        Assert.False(third.RecursiveLock.IsHeld);
        Assert.Null(third.Lock);
    }

    [Fact(Timeout = Limit)]
    public async Task Notify_InAnotherProcessThatOpenedItByName_EndsTheWait()
    {
        string name = _name;
        using InterprocessCondition condition = InterprocessCondition.OpenOrCreate(name);
        await using ProcessPool pool = new(1);
        TaskCompletionSource holds = new();
        Task<bool> wait = Watchdog.Run(() =>
        {
            using LockHandle held = condition.Acquire();
            holds.SetResult();
            condition.Wait();
            return condition.RecursiveLock!.IsHeldByCurrentThread;
        });
        await holds.Task.Watched();
        await pool.ApplyAsync(
            static name =>
            {
                using InterprocessCondition same = InterprocessCondition.Open(name);
                using LockHandle held = same.Acquire();
                same.Notify();
                return 0;
            },
            name).Watched();

        Assert.True(await wait.Watched());
    }

    [Fact]
    public void Pickle_OpenedByName_TravelsWithItsLock()
    {
        using InterprocessCondition one = InterprocessCondition.OpenOrCreate(_name);
        using InterprocessCondition copy = Pickle.Loads<InterprocessCondition>(Pickle.Dumps(one))!;
        SharedObject.Unlink(_name);
        one.Dispose();

        Assert.Throws<ObjectDisposedException>(() => one.RecursiveLock!.IsHeld);
        using LockHandle held = copy.Acquire();
        copy.NotifyAll();
        Assert.True(copy.RecursiveLock!.IsHeld);
    }

    [Fact]
    public void Dispose_OfAll_LeavesItToBeFound()
    {
        InterprocessCondition first = InterprocessCondition.OpenOrCreate(_name);
        first.Acquire();
        first.Dispose();
        using InterprocessCondition again = InterprocessCondition.Open(_name);

        Assert.Equal(Environment.ProcessId, again.RecursiveLock!.OwnerProcessId);
    }

    [Fact]
    public void Open_WhatIsNone_SaysWhatThereIs()
    {
        Assert.Throws<FileNotFoundException>(() => InterprocessCondition.Open(_name));
        using InterprocessLock gate = InterprocessLock.OpenOrCreate(_name);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => InterprocessCondition.OpenOrCreate(_name));
        Assert.Contains($"'{_name}' ({Path}) cannot be opened as a Condition: There is a Lock of 40 bytes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ItsFileAsItsLock_SaysThatItIsACondition()
    {
        using InterprocessCondition condition = InterprocessCondition.OpenOrCreate(_name);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => InterprocessRecursiveLock.Open(_name));
        Assert.Contains("There is a Condition", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ACellWithoutTheLock_SaysSoAndLeavesNothingMapped()
    {
        NamedCells.OpenOrCreate(SharedKind.Condition, ConditionState.Size, _name, NamedCells.OwnerOnly).Dispose();

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => InterprocessCondition.Open(_name));
        Assert.Contains("no RecursiveLock", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_name, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }
}
