using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing.Conformance;

[Collection(Agents.Name)]
public sealed class ReaderWriterLockConformance(Agents agents)
{
    private const int Limit = 60_000;

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Read_ByAllAtOnce_LetsAllIn(Way way)
    {
        using Views<InterprocessReaderWriterLock> views = New(way);
        using InterprocessBarrier inside = new(Agents.Count + 1);
        Task<int[]> others = views.Everywhere(gate =>
        {
            using LockHandle handle = gate.AcquireRead();
            inside.Wait();
            inside.Wait();
            return 0;
        });
        using (views.Here.AcquireRead())
        {
            // All are inside.
            await inside.WaitAsync();
            Assert.Equal(Agents.Count + 1, views.There.ReaderCount);
            Assert.Null(views.There.TryAcquireWrite());
            await inside.WaitAsync();
            await others;
        }

        Assert.Equal(0, views.Here.ReaderCount);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Write_Held_KeepsReadersAndWritersOut(Way way)
    {
        using Views<InterprocessReaderWriterLock> views = New(way);
        using (views.Here.AcquireWrite())
        {
            Assert.True(views.There.IsWriteHeld);
            Assert.Equal((true, true, nameof(TimeoutException)), await views.Elsewhere(static gate =>
                (gate.TryAcquireRead() is null, gate.TryAcquireWrite() is null, Faults.Of(() => gate.AcquireRead(TimeSpan.FromMilliseconds(10))))));
        }

        Assert.True(await views.Elsewhere(static gate =>
        {
            using LockHandle? handle = gate.TryAcquireWrite();
            return handle is not null && gate.TryAcquireRead() is null;
        }));
        Assert.False(views.Here.IsWriteHeld);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task Write_WaitedForElsewhere_KeepsNewReadersOut(Way way)
    {
        using Views<InterprocessReaderWriterLock> views = New(way);
        LockHandle reading = views.Here.AcquireRead();
        Task<bool> writer = views.Elsewhere(static gate =>
        {
            using LockHandle handle = gate.AcquireWrite();
            return gate.ReaderCount == 0;
        });
        InterprocessReaderWriterLock there = views.There;
        await Eventually.TrueAsync(() =>
        {
            using LockHandle? more = there.TryAcquireRead();
            return more is null;
        });
        Assert.False(writer.IsCompleted);
        reading.Dispose();

        Assert.True(await writer);
        (await views.Here.AcquireReadAsync()).Dispose();
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Agents.EachWay), MemberType = typeof(Agents))]
    public async Task ReadAndWrite_ByAllAtOnce_NobodySeesHalfAChange(Way way)
    {
        using Views<InterprocessReaderWriterLock> views = New(way);
        using RawSharedArray<int> pair = new(2);
        int[] faults = await views.Everywhere(gate =>
        {
            int faults = 0;
            for (int i = 0; i < 300; i++)
            {
                using (gate.AcquireWrite())
                {
                    pair[0]++;
                    pair[1]++;
                }

                using (gate.AcquireRead())
                {
                    faults += pair[0] == pair[1] ? 0 : 1;
                }
            }

            return faults;
        });

        Assert.All(faults, static count => Assert.Equal(0, count));
        Assert.Equal([Agents.Count * 300, Agents.Count * 300], pair.ToArray());
    }

    private Views<InterprocessReaderWriterLock> New(Way way) =>
        new(way, agents, static () => new InterprocessReaderWriterLock(), static name => InterprocessReaderWriterLock.OpenOrCreate(name));
}
