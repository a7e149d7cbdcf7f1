using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>
/// Waits for one notification each, in threads, tasks and processes. All is counted under the condition's lock, so whoever
/// holds that knows that those counted as waiting do wait.
/// </summary>
internal sealed class ConditionWaiters(InterprocessCondition condition) : IDisposable
{
    private readonly RawSharedValue<int> _waiting = new();
    private readonly RawSharedValue<int> _round = new();
    private readonly RawSharedArray<int> _woken = new(16);

    /// <summary>How many have woken in each round.</summary>
    public int[] Woken => [.. _woken];

    public Task StartThread() => Watchdog.Run(() => WaitOnce(condition, _waiting, _round, _woken));

    public Task StartTask() => Task.Run(async () =>
    {
        using LockHandle held = await condition.AcquireAsync();
        _waiting.Value++;
        await condition.WaitAsync(held);
        _woken[_round.Value]++;
    }).Watched();

    public WorkerProcess StartProcess(int threads)
    {
        (InterprocessCondition Condition, RawSharedValue<int> Waiting, RawSharedValue<int> Round, RawSharedArray<int> Woken) shared =
            (condition, _waiting, _round, _woken);
        return WorkerProcess.Start(() =>
        {
            Thread[] all =
            [
                .. Enumerable.Range(0, threads).Select(_ => new Thread(
                    () => WaitOnce(shared.Condition, shared.Waiting, shared.Round, shared.Woken))),
            ];
            Array.ForEach(all, static thread => thread.Start());
            Array.ForEach(all, static thread => thread.Join());
        });
    }

    public Task UntilWaiting(int count) => Eventually.TrueAsync(() =>
    {
        using LockHandle? held = condition.TryAcquire();
        return held is not null && _waiting.Value == count;
    });

    /// <summary>Notifies in a new round, and returns when so many have woken in it.</summary>
    public async Task NotifyAsync(int count, int expected)
    {
        using (condition.Acquire(Watchdog.Limit))
        {
            _round.Value++;
            condition.Notify(count);
        }

        int round = _round.Value;
        await Eventually.TrueAsync(() => _woken[round] >= expected);
    }

    public void Dispose()
    {
        _waiting.Dispose();
        _round.Dispose();
        _woken.Dispose();
    }

    private static void WaitOnce(
        InterprocessCondition condition, RawSharedValue<int> waiting, RawSharedValue<int> round, RawSharedArray<int> woken)
    {
        using LockHandle held = condition.Acquire();
        waiting.Value++;
        condition.Wait();
        woken[round.Value]++;
    }
}
