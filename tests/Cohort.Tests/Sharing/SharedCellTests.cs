using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Sharing;

/// <summary>What is true of every shared object, shown with the smallest.</summary>
public sealed class SharedCellTests
{
    private const int Limit = 60_000;

    [Fact]
    public void Allocate_ManySmallObjects_ShareDescriptors()
    {
        int before = OpenDescriptors();
        RawSharedValue<long>[] values = [.. Enumerable.Range(0, 5000).Select(static i => new RawSharedValue<long>(i))];

        Assert.True(OpenDescriptors() - before < 40, "5000 values shall lie in some ten slabs");
        Assert.Equal(Enumerable.Range(0, 5000).Sum(), values.Sum(static v => v.Value));
        Array.ForEach(values, static v => v.Dispose());
    }

    [Fact]
    public void Dispose_LargeObjects_GivesDescriptorsBackAtOnce()
    {
        int before = OpenDescriptors();
        RawSharedArray<byte>[] arrays = [.. Enumerable.Range(0, 100).Select(static _ => new RawSharedArray<byte>(100_000))];
        Assert.True(OpenDescriptors() - before >= 100);
        Array.ForEach(arrays, static a => a.Dispose());

        Assert.True(OpenDescriptors() - before < 40);
    }

    [Fact(Timeout = Limit)]
    public async Task Finalizer_ObjectsThatNobodyDisposed_GivesDescriptorsBack()
    {
        int before = OpenDescriptors();
        Forget();
        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return OpenDescriptors() - before < 40;
        });

        static void Forget()
        {
            for (int i = 0; i < 100; i++)
            {
                _ = new RawSharedArray<byte>(100_000);
            }
        }
    }

    [Fact]
    public void Dispose_Twice_IsOnce()
    {
        RawSharedValue<int> kept = new(1);
        RawSharedValue<int> value = new(2);
        value.Dispose();
        value.Dispose();

        Assert.Throws<ObjectDisposedException>(() => value.Value);
        Assert.Throws<ObjectDisposedException>(() => value.Value = 3);
        Assert.Equal(1, kept.Value);
        kept.Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task Dispose_WhileThreadsAndTasksWait_LeavesTheObjectThatComesNextAlone()
    {
        // Held by another process that lives: the first there is.
        InterprocessLock gate = new();
        HoldFor(gate, OwnedWord.TagOf(ProcessStat.Of(1)!.Value.Identity));
        Task[] waits = [.. Enumerable.Range(0, 8).Select(i => i % 2 == 0 ? gate.AcquireAsync().AsTask() : Watchdog.Run(() => gate.Acquire()))];
        await Eventually.TrueAsync(() => IsAwaited(gate));
        gate.Dispose();

        // Of the same size, so that one of them would lie where the lock was; the waiters are about to set a bit in what
        // they take for a lock that is held, which is anything but zero.
        RawSharedValue<Int128>[] next = [.. Enumerable.Range(0, 10).Select(static _ => new RawSharedValue<Int128>(1))];
        foreach (Task wait in waits)
        {
            Assert.IsType<ObjectDisposedException>(await Watchdog.FaultOf(wait));
        }

        Assert.All(next, static value => Assert.Equal(1, value.Value));
        Array.ForEach(next, static value => value.Dispose());

        static unsafe void HoldFor(InterprocessLock gate, long owner) => *(long*)gate.Cell.Payload = owner;

        static unsafe bool IsAwaited(InterprocessLock gate) => *(int*)gate.Cell.Payload < 0;
    }

    [Fact]
    public void Loads_InTheSameProcess_IsTheSameMemory()
    {
        using RawSharedValue<int> value = new(1);
        using RawSharedValue<int> copy = Pickle.Loads<RawSharedValue<int>>(Pickle.Dumps(value));
        copy.Value = 5;

        Assert.Equal(5, value.Value);
        value.Dispose();
        Assert.Equal(5, copy.Value);
    }

    [Fact]
    public void Loads_DisposedMeanwhile_SaysSoEvenIfItsPlaceIsUsedAgain()
    {
        RawSharedValue<Guid> value = new(Guid.NewGuid());
        byte[] message = Pickle.Dumps(value);
        value.Dispose();
        using RawSharedValue<Guid> next = new();

        SharedObjectLostException lost = Assert.Throws<SharedObjectLostException>(() => Pickle.Loads<RawSharedValue<Guid>>(message));
        Assert.Contains("has disposed it", lost.Message, StringComparison.Ordinal);
        Assert.Equal(Guid.Empty, next.Value);
    }

    [Fact]
    public void Dumps_Disposed_Throws()
    {
        RawSharedValue<int> value = new();
        value.Dispose();

        Assert.ThrowsAny<Exception>(() => Pickle.Dumps(value));
    }

    [Fact]
    public void Loads_AsAnotherType_IsRefused()
    {
        using RawSharedValue<int> value = new();
        using RawSharedArray<int> array = new(3);

        Assert.Throws<PickleException>(() => Pickle.Loads<InterprocessLock>(Pickle.Dumps(value)));
        Assert.Throws<PickleException>(() => Pickle.Loads<RawSharedValue<long>>(Pickle.Dumps(value)));
        Assert.Throws<PickleException>(() => Pickle.Loads<RawSharedArray<decimal>>(Pickle.Dumps(array)));
    }

    [Fact(Timeout = Limit)]
    public async Task Loads_SenderHasEnded_SaysSo()
    {
        byte[] message;
        await using (ProcessPool pool = new(1))
        {
            message = await pool.ApplyAsync(static () => Pickle.Dumps(new RawSharedValue<int>(7))).Watched();
        }

        SharedObjectLostException lost = Assert.Throws<SharedObjectLostException>(() => Pickle.Loads<RawSharedValue<int>>(message));
        Assert.Contains("has ended", lost.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task SenderEnds_OpenedBefore_StaysGoodAndCanBeSentOn()
    {
        RawSharedValue<int> value;
        await using (ProcessPool pool = new(1))
        {
            value = await pool.ApplyAsync(static () => new RawSharedValue<int>(7)).Watched();
        }

        await using ProcessPool other = new(1);
        Assert.Equal(7, await other.ApplyAsync(static v => v.Value++, value).Watched());
        Assert.Equal(8, value.Value);
        value.Dispose();
    }

    [Fact]
    public void Loads_DamagedReference_IsRefused()
    {
        using RawSharedValue<int> value = new();
        byte[] message = Pickle.Dumps(value);
        for (int i = 0; i < message.Length; i++)
        {
            byte[] damaged = [.. message];
            damaged[i] ^= 0x5a;
            try
            {
                Pickle.Loads<RawSharedValue<int>>(damaged)?.Dispose();
            }
            catch (Exception exception) when (exception is SharedObjectLostException or PickleException)
            {
                // Whatever is said, nothing but these is thrown, and nothing crashes.
            }
        }

        value.Value = 3;
        Assert.Equal(3, value.Value);
    }

    private static int OpenDescriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
