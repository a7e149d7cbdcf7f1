using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Sharing;

/// <summary>Who is told of whose end.</summary>
public sealed class DeathBellTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task A_worker_is_told_of_the_end_of_another()
    {
        using InterprocessEvent isListening = new();
        using WorkerProcess listener = WorkerProcess.Start(Listen, isListening);
        using WorkerProcess victim = WorkerProcess.Start(static () => Thread.Sleep(Timeout.Infinite));
        await isListening.WaitAsync(Watchdog.Limit);

        victim.Kill();

        await listener.JoinAsync().Watched();
        Assert.Equal(0, listener.ExitCode);
        await victim.JoinAsync().Watched();
    }

    /// <summary>The workers of a worker end after it, and have nobody left who would tell: there is a second ring.</summary>
    [Fact(Timeout = Limit)]
    public async Task An_end_is_told_twice()
    {
        using WorkerProcess worker = WorkerProcess.Start(static () => { });
        int before = DeathBell.Target.Expected;
        await worker.JoinAsync().Watched();

        await Eventually.TrueAsync(() => DeathBell.Target.Expected - before >= 2);
    }

    [Fact(Timeout = Limit)]
    public async Task Objects_of_one_family_are_told_of_all_deaths()
    {
        using InterprocessQueue<int> queue = new();
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        {
            using WorkerProcess worker = WorkerProcess.Start(CheckFamily, queue, there);
            there.Dispose();
            await worker.JoinAsync().Watched();

            Assert.Equal(0, worker.ExitCode);
            Assert.True(((IWaitOwner)queue).IsWithinFamily);
            Assert.True(((IWaitOwner)here.Transport).IsWithinFamily);
        }
    }

    [Fact]
    public void An_object_that_another_family_has_made_is_not_told_of_all_deaths()
    {
        using InterprocessQueue<int> queue = new();
        Adopt(queue);
        using InterprocessQueue<int> copy = Pickle.Loads<InterprocessQueue<int>>(Pickle.Dumps(queue))!;

        Assert.False(((IWaitOwner)copy).IsWithinFamily);

        // As the process sees it that made the object: its family's number is gone.
        Assert.False(((IWaitOwner)queue).IsWithinFamily);
        Assert.Equal(0ul, FamilyOf(queue));
    }

    [Fact]
    public void Of_a_message_that_breaks_off_nobody_sleeps_for_long()
    {
        (Connection here, Connection there) = ConnectionPair.Create();
        using (here)
        using (there)
        {
            RingTransport transport = (RingTransport)here.Transport;
            Assert.Equal(PendingWait.ToldSliceMilliseconds, SliceAfterAWhile(new RingEndWait(transport, RingNeed.Look, 0)));
            Assert.InRange(SliceAfterAWhile(new RingEndWait(transport, RingNeed.Part, 0)), 200, PendingWait.LongestSliceMilliseconds);
        }

        static int SliceAfterAWhile(PendingWait wait)
        {
            SpinWait.SpinUntil(() => wait.Slice != 200, TimeSpan.FromMilliseconds(600));
            return wait.Slice;
        }
    }

    /// <summary>A worker puts an item and is killed before it wakes the one who waits: as if by chance.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wake_up_that_died_with_a_producer_is_made_up_for(bool isAsync)
    {
        using InterprocessQueue<int> queue = new();
        Task<int> getting = isAsync ? queue.GetAsync().AsTask() : Watchdog.Run(() => queue.Get());
        await Eventually.TrueAsync(() => ConsumerBellOf(queue).IsAwaited);

        // Its sleeps are short until then.
        SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(700));
        using WorkerProcess producer = WorkerProcess.Start(PutWithoutAWord, queue);
        await producer.JoinAsync().Watched();

        Assert.Equal(7, await getting.WaitAsync(TimeSpan.FromMilliseconds(PendingWait.ToldSliceMilliseconds / 2.0)));
    }

    private static void Listen(InterprocessEvent isListening)
    {
        Assert.NotEqual(0ul, DeathBell.Family);
        WaitTarget deaths = DeathBell.Target;
        isListening.Set();
        Assert.True(deaths.Sleep(Limit));
        Assert.NotEqual(deaths.Expected, DeathBell.Target.Expected);
    }

    private static void CheckFamily(InterprocessQueue<int> queue, Connection connection)
    {
        Assert.True(((IWaitOwner)queue).IsWithinFamily);
        Assert.True(((IWaitOwner)connection.Transport).IsWithinFamily);
    }

    private static unsafe void PutWithoutAWord(InterprocessQueue<int> queue)
    {
        // Somebody else has taken it to wake the sleeper.
        *(int*)(queue.Cell.Payload + QueueLayout.ConsumerBell + 4) = 0;
        queue.Put(7);
    }

    private static unsafe QueueBell ConsumerBellOf(InterprocessQueue<int> queue) => new(queue.Cell.Payload + QueueLayout.ConsumerBell);

    private static unsafe void Adopt(InterprocessQueue<int> queue) => *(ulong*)(queue.Cell.Payload - SharedCell.HeaderSize + 24) = DeathBell.Family + 2;

    private static unsafe ulong FamilyOf(InterprocessQueue<int> queue) => *(ulong*)(queue.Cell.Payload - SharedCell.HeaderSize + 24);
}
