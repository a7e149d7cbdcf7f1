using Cohort.Sharing;
using Cohort.Synchronizing;
using Cohort.Tests.Support;

namespace Cohort.Tests.Synchronizing;

/// <summary>
/// Processes are killed while threads of theirs read, write, wait or leave. One kill hits a thread at each of forty locks, so
/// twenty-five kills are a thousand rounds.
/// </summary>
public sealed class ReaderWriterLockFaultTests : IDisposable
{
    private const int Locks = 40;
    private const int UsualKills = 25;

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = Kills.Limit)]
    public async Task Kill_RandomReadersAndWriters_NoLockHangsAndOnlyAbandonedOnesAreHalfDone()
    {
        InterprocessReaderWriterLock[] locks = [.. Enumerable.Range(0, Locks).Select(static _ => new InterprocessReaderWriterLock())];
        using RawSharedArray<Account> accounts = new(Locks);
        using RawSharedValue<int> faults = new();
        await Survivors.KillAsync(
            Kills.InsteadOf(UsualKills),
            _ => Survivors.RunForever(Locks, i => Use(locks[i], ref accounts[i], ref faults.Ref, Random.Shared)),
            () => EverybodyWorksAsync(accounts));

        Assert.Equal(0, faults.Value);
        Assert.True(Enumerable.Range(0, Locks).Sum(i => accounts[i].Repairs) > 0, "nobody was killed while it wrote");

        // The last kills may have left any of them to a dead process.
        foreach (InterprocessReaderWriterLock gate in locks)
        {
            (await gate.AcquireReadAsync(TimeSpan.FromSeconds(10))).Dispose();
            (await gate.AcquireWriteAsync(TimeSpan.FromSeconds(10))).Dispose();
            Assert.Equal(0, gate.ReaderCount);
            gate.Dispose();
        }
    }

    /// <summary>Each account is read and written some more, by whoever lives.</summary>
    private static async Task EverybodyWorksAsync(RawSharedArray<Account> accounts)
    {
        Account[] before = [.. accounts];
        await Eventually.TrueAsync(() => Enumerable.Range(0, Locks).All(
            i => accounts[i].Writes > before[i].Writes && Volatile.Read(ref accounts[i].Reads) > before[i].Reads));
    }

    private static void Use(InterprocessReaderWriterLock gate, ref Account account, ref int faults, Random random)
    {
        if (random.Next(3) == 0)
        {
            Write(gate, ref account, ref faults, random);
        }
        else
        {
            Read(gate, ref account, ref faults, random);
        }
    }

    private static void Read(InterprocessReaderWriterLock gate, ref Account account, ref int faults, Random random)
    {
        using LockHandle handle = gate.AcquireRead();
        long given = Volatile.Read(ref account.Given);
        Thread.SpinWait(random.Next(200));
        bool isWhole = given == Volatile.Read(ref account.Taken) && given == Volatile.Read(ref account.Given);
        if (!isWhole && !handle.Abandoned)
        {
            Interlocked.Increment(ref faults);
        }

        Interlocked.Increment(ref account.Reads);
    }

    private static void Write(InterprocessReaderWriterLock gate, ref Account account, ref int faults, Random random)
    {
        using LockHandle? handle = random.Next(2) == 0 ? gate.AcquireWrite() : gate.TryAcquireWrite(TimeSpan.FromMicroseconds(random.Next(200)));
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
        Thread.SpinWait(random.Next(300));
        Volatile.Write(ref account.Taken, account.Taken + 1);
        account.Writes++;
    }

    private struct Account
    {
        public long Given;
        public long Taken;
        public long Reads;
        public long Writes;
        public long Repairs;
    }
}
