using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Tests.Pools;
using Cohort.Tests.Support;

namespace Cohort.Tests.Synchronizing;

/// <summary>
/// Processes are killed while threads of theirs hold, want, release, wait for or notify. One kill hits a thread at each of
/// twenty locks, or two at each of ten pairs of conditions, so fifty kills are a thousand rounds. A quarter of them come from
/// outside at any moment; the others are a thread's own in the middle of what it does, as most threads only wait.
/// </summary>
public sealed class ConditionFaultTests : IDisposable
{
    private const int Locks = 20;
    private const int Buffers = 10;
    private const int UsualKills = 50;
    private const int Capacity = 2;

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = Kills.Limit)]
    public async Task Kill_RandomHoldersAndWaitersOfRecursiveLocks_NoneHangsAndOnlyAbandonedOnesAreHalfDone()
    {
        InterprocessRecursiveLock[] locks = [.. Enumerable.Range(0, Locks).Select(static _ => new InterprocessRecursiveLock())];
        using RawSharedArray<Account> accounts = new(Locks);
        using RawSharedArray<long> uses = new(Locks * Survivors.Processes);
        using RawSharedValue<int> faults = new();
        using RawSharedArray<int> orders = new(Survivors.Processes);
        await KillAsync(uses, orders, Locks, process => Survivors.RunForever(
            Locks,
            i => UseAccount(locks[i], ref accounts[i], ref faults.Ref, ref uses[(process * Locks) + i], ref orders[process]),
            pause: 3));

        Assert.Equal(0, faults.Value);
        Assert.True(accounts.Sum(static account => account.Repairs) > 0, "nobody was killed inside");
        foreach (InterprocessRecursiveLock gate in locks)
        {
            (await gate.AcquireAsync(TimeSpan.FromSeconds(10))).Dispose();
            gate.Dispose();
        }
    }

    [Fact(Timeout = Kills.Limit)]
    public async Task Kill_RandomHoldersWaitersAndNotifiersOfConditions_NoneHangsAndOnlyAbandonedOnesAreHalfDone()
    {
        InterprocessLock[] locks = [.. Enumerable.Range(0, Buffers).Select(static _ => new InterprocessLock())];
        InterprocessCondition[] notFull = [.. locks.Select(static gate => new InterprocessCondition(gate))];
        InterprocessCondition[] notEmpty = [.. locks.Select(static gate => new InterprocessCondition(gate))];
        using RawSharedArray<Buffer> buffers = new(Buffers);
        using RawSharedArray<long> uses = new(2 * Buffers * Survivors.Processes);
        using RawSharedValue<int> faults = new();
        using RawSharedArray<int> orders = new(Survivors.Processes);
        await KillAsync(uses, orders, 2 * Buffers, process => Survivors.RunForever(2 * Buffers, i =>
        {
            bool puts = i % 2 == 0;
            using LockHandle held = locks[i / 2].Acquire();
            UseBuffer(puts ? notFull[i / 2] : notEmpty[i / 2], puts ? notEmpty[i / 2] : notFull[i / 2],
                ref buffers[i / 2], ref faults.Ref, ref orders[process], puts);
            uses[(process * 2 * Buffers) + i]++;
        }, pause: 3));

        Assert.Equal(0, faults.Value);
        Assert.True(buffers.Sum(static buffer => buffer.Repairs) > 0, "nobody was killed inside");
        for (int i = 0; i < Buffers; i++)
        {
            (await notFull[i].AcquireAsync(TimeSpan.FromSeconds(10))).Dispose();
            notFull[i].Dispose();
            notEmpty[i].Dispose();
            locks[i].Dispose();
        }
    }

    /// <summary>Kills one worker after another, each while it works, and wants everybody else to go on.</summary>
    private static Task KillAsync(RawSharedArray<long> uses, RawSharedArray<int> orders, int perProcess, Action<int> body)
    {
        int kills = 0;
        return Survivors.KillAsync(
            Kills.InsteadOf(UsualKills),
            body,
            () => EverybodyWorksAsync(uses, perProcess),
            (victim, worker) =>
            {
                int order = kills++ % 4;
                if (order == 0)
                {
                    worker.Kill();
                }
                else
                {
                    orders[victim] = order;
                }

                return worker.JoinAsync().Watched();
            },
            victim => orders[victim] = 0);
    }

    /// <summary>
    /// Everything is used some more, and every process uses something. Not everything by everybody: nobody promises turns.
    /// </summary>
    private static async Task EverybodyWorksAsync(RawSharedArray<long> uses, int perProcess)
    {
        long[] before = [.. uses];
        await Eventually.TrueAsync(() =>
        {
            long[] now = [.. uses];
            bool[] isUsed = [.. now.Select((count, i) => count > before[i])];
            return Enumerable.Range(0, perProcess).All(i => Enumerable.Range(0, Survivors.Processes).Any(p => isUsed[(p * perProcess) + i]))
                && Enumerable.Range(0, Survivors.Processes).All(p => isUsed.AsSpan(p * perProcess, perProcess).Contains(true));
        });
    }

    private static void UseAccount(InterprocessRecursiveLock gate, ref Account account, ref int faults, ref long uses, ref int order)
    {
        using LockHandle outer = gate.Acquire();
        using LockHandle inner = gate.Acquire();
        if (gate.RecursionCount != 2)
        {
            Interlocked.Increment(ref faults);
        }

        if (account.Given != account.Taken)
        {
            // Half done: somebody was killed inside, which we must have been told.
            if (!outer.Abandoned)
            {
                Interlocked.Increment(ref faults);
            }

            account.Given = account.Taken;
            account.Repairs++;
        }

        Volatile.Write(ref account.Given, account.Given + 1);
        DieIf(Volatile.Read(ref order) != 0);
        Thread.SpinWait(Random.Shared.Next(300));
        Volatile.Write(ref account.Taken, account.Taken + 1);
        uses++;
    }

    private static void UseBuffer(
        InterprocessCondition mine, InterprocessCondition others, ref Buffer buffer, ref int faults, ref int order, bool puts)
    {
        while (true)
        {
            if (mine.Abandoned)
            {
                // Notifications may be lost with the one that died, so that all have to look again.
                buffer.Repairs += buffer.Count == buffer.Put - buffer.Taken ? 0 : 1;
                buffer.Count = buffer.Put - buffer.Taken;
                mine.NotifyAll();
                others.NotifyAll();
                mine.ClearAbandoned();
            }
            else if (buffer.Count != buffer.Put - buffer.Taken)
            {
                Interlocked.Increment(ref faults);
            }

            if (puts ? buffer.Count < Capacity : buffer.Count > 0)
            {
                break;
            }

            // Without a timeout: a lost notification would hang.
            mine.Wait();
        }

        Volatile.Write(ref buffer.Count, buffer.Count + (puts ? 1 : -1));
        DieIf(Volatile.Read(ref order) == 1);
        Thread.SpinWait(Random.Shared.Next(100));
        Volatile.Write(ref puts ? ref buffer.Put : ref buffer.Taken, (puts ? buffer.Put : buffer.Taken) + 1);
        DieIf(Volatile.Read(ref order) == 2);
        others.Notify();
        DieIf(Volatile.Read(ref order) == 3);
    }

    private static void DieIf(bool isOrdered)
    {
        if (isOrdered)
        {
            Deaths.KillSelf();
        }
    }

    private struct Account
    {
        public long Given;
        public long Taken;
        public long Repairs;
    }

    private struct Buffer
    {
        public long Count;
        public long Put;
        public long Taken;
        public long Repairs;
    }
}
