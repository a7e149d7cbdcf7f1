using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Synchronizing;

/// <summary>
/// Processes are killed while threads of theirs hold, want or release locks. One kill hits a thread at each of ten locks,
/// so a hundred kills are a thousand rounds.
/// </summary>
public sealed class LockFaultTests : IDisposable
{
    private const int Locks = 10;
    private const int UsualKills = 100;

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = Kills.Limit)]
    public async Task Kill_RandomHoldersAndWaiters_NoLockHangsAndOnlyAbandonedOnesAreHalfDone()
    {
        InterprocessLock[] locks = [.. Enumerable.Range(0, Locks).Select(static _ => new InterprocessLock())];
        using RawSharedArray<Account> accounts = new(Locks);
        using RawSharedValue<int> faults = new();
        await Survivors.KillAsync(
            Kills.InsteadOf(UsualKills),
            _ => Survivors.RunForever(Locks, i => TransferOnce(locks[i], ref accounts[i], ref faults.Ref, i % 2 == 0)),
            () => EverybodyWorksAsync(accounts));

        Assert.Equal(0, faults.Value);
        Assert.True(Enumerable.Range(0, Locks).Sum(i => accounts[i].Repairs) > 0, "nobody was killed inside");

        // The last kills may have left any of them to a dead process.
        foreach (InterprocessLock gate in locks)
        {
            (await gate.AcquireAsync(TimeSpan.FromSeconds(10))).Dispose();
            gate.Dispose();
        }
    }

    /// <summary>Each account is used some more, by whoever lives.</summary>
    private static async Task EverybodyWorksAsync(RawSharedArray<Account> accounts)
    {
        long[] before = [.. accounts.Select(static a => a.Uses)];
        await Eventually.TrueAsync(() => Enumerable.Range(0, Locks).All(i => accounts[i].Uses > before[i]));
    }

    private static void TransferOnce(InterprocessLock gate, ref Account account, ref int faults, bool gives)
    {
        using LockHandle? handle = gives ? gate.Acquire() : gate.TryAcquire(TimeSpan.FromMicroseconds(Random.Shared.Next(200)));
        if (handle is null)
        {
            return;
        }

        if (account.Given != account.Taken)
        {
            // Half done: somebody was killed inside, which we must have been told.
            if (!handle.Abandoned)
            {
                Interlocked.Increment(ref faults);
            }

            account.Given = account.Taken;
            account.Repairs++;
        }

        Volatile.Write(ref account.Given, account.Given + 1);
        Thread.SpinWait(Random.Shared.Next(300));
        Volatile.Write(ref account.Taken, account.Taken + 1);
        account.Uses++;
    }

    private struct Account
    {
        public long Given;
        public long Taken;
        public long Uses;
        public long Repairs;
    }
}
