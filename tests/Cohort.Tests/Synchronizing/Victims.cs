using Cohort.Sharing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Synchronizing;

/// <summary>Worker processes of ten threads each, which are killed at whatever these are doing.</summary>
internal static class Victims
{
    private const int Threads = 10;
    private const int AtATime = 3;

    /// <param name="usualKills">See <see cref="Kills.InsteadOf"/>. Each hits a thread at ten places at once.</param>
    /// <param name="step">What each thread does over and over; the number is random.</param>
    /// <param name="afterEach">Run after each death, by one at a time.</param>
    public static async Task KillAsync<T>(int usualKills, T shared, Action<T, int> step, Func<Task> afterEach)
    {
        int kills = Kills.InsteadOf(usualKills);
        using SemaphoreSlim turn = new(1);
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(KillSomeAsync));

        async Task KillSomeAsync(int index)
        {
            Random random = new(index);
            for (int i = index; i < kills; i += AtATime)
            {
                using RawSharedValue<long> progress = new();
                using WorkerProcess victim = WorkerProcess.Start(Live, shared, step, progress);
                int enough = random.Next(300);
                Exception? slow = await Record.ExceptionAsync(
                    () => Eventually.TrueAsync(() => progress.Value > enough || !victim.IsAlive));
                Assert.True(
                    slow is null && victim.IsAlive,
                    $"{victim} (exit code {victim.ExitCode}) made {progress.Value} steps of {enough}; {shared}");
                victim.Kill();
                await victim.JoinAsync().Watched();
                await turn.WaitAsync();
                try
                {
                    await afterEach();
                }
                finally
                {
                    turn.Release();
                }
            }
        }
    }

    private static void Live<T>(T shared, Action<T, int> step, RawSharedValue<long> progress)
    {
        for (int i = 0; i < Threads; i++)
        {
            new Thread(() =>
            {
                while (true)
                {
                    step(shared, Random.Shared.Next());
                    Interlocked.Increment(ref progress.Ref);

                    // Not to wait for anything, but to leave some of the machine to those that start.
                    Thread.Sleep(Random.Shared.Next(3));
                }
            }).Start();
        }

        Thread.Sleep(Timeout.Infinite);
    }
}
