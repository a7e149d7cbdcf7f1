using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>
/// What has a lock inside is disposed by one thread in the middle of what another does with it: the lock, which all other processes
/// need and wait for without end, is let go of all the same.
/// </summary>
public sealed class InnerLockDisposalTests : IDisposable
{
    private const int Limit = 120_000;
    private const int Rounds = 2_000;

    private static readonly SemaphoreOptions s_tracking = new() { PermitTracking = true };

    private readonly string _name = $"test-{Guid.NewGuid():N}";

    public void Dispose() => File.Delete($"/dev/shm/cohort.{_name}");

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Barrier_AgainstDispose_IsStillGoodForOthers(bool aborts)
    {
        string name = _name;

        // So many that there is time in between.
        using InterprocessBarrier barrier = InterprocessBarrier.OpenOrCreate(name, 2000);
        await using ProcessPool pool = new(1);
        await pool.ApplyAsync(
            static (name, aborts) => DisposalRace.Run(
                Rounds,
                () => InterprocessBarrier.Open(name),
                barrier =>
                {
                    // Until it is disposed.
                    while (true)
                    {
                        barrier.Reset();
                        if (aborts)
                        {
                            barrier.Abort();
                        }
                    }
                }),
            name,
            aborts).Watched();
        await Watchdog.Run(barrier.Abort);
        Assert.True(barrier.IsBroken);
        await Watchdog.Run(barrier.Reset);
        Assert.False(barrier.IsBroken);
    }

    [Fact(Timeout = Limit)]
    public async Task TrackedSemaphore_AgainstDispose_IsStillGoodForOthers()
    {
        string name = _name;
        using InterprocessSemaphore semaphore = InterprocessSemaphore.OpenOrCreate(name, 1, options: s_tracking);
        await using ProcessPool pool = new(1);
        await pool.ApplyAsync(
            static name => DisposalRace.Run(
                Rounds,
                () => InterprocessSemaphore.Open(name),
                static semaphore =>
                {
                    // Until it is disposed.
                    while (true)
                    {
                        semaphore.Release();
                        semaphore.TryAcquire();
                    }
                }),
            name).Watched();
        int before = await Watchdog.Run(() => semaphore.CurrentCount);
        await Watchdog.Run(() => semaphore.Release());
        Assert.Equal(before + 1, semaphore.CurrentCount);
        Assert.True(await Watchdog.Run(() => semaphore.TryAcquire()));
    }

    /// <summary>Its limit is not zero because its memory is gone.</summary>
    [Fact(Timeout = Limit)]
    public async Task Release_AgainstDispose_SaysThatItIsDisposed()
    {
        string name = _name;
        using InterprocessSemaphore semaphore = InterprocessSemaphore.OpenOrCreate(name, 0);
        await using ProcessPool pool = new(1);
        await pool.ApplyAsync(
            static name => DisposalRace.Run(
                Rounds,
                () => InterprocessSemaphore.Open(name),
                static semaphore =>
                {
                    // Until it is disposed.
                    while (true)
                    {
                        semaphore.Release();
                    }
                }),
            name).Watched();
    }
}
