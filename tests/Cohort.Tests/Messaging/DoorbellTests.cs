using Cohort.Messaging;
using Cohort.Platform;

namespace Cohort.Tests.Messaging;

public sealed class DoorbellTests : IDisposable
{
    private readonly SharedPages _pages = SharedPages.Create("doorbell-test", (nuint)Environment.SystemPageSize);

    private unsafe Doorbell Bell => new(_pages.Address);

    public void Dispose() => _pages.Dispose();

    [Fact]
    public void Ring_NobodySleeps_ChangesNothing()
    {
        Bell.Ring(Want.Data | Want.Space | Want.Attention);
        Assert.Equal(0, Bell.Ticket);
    }

    [Theory]
    [InlineData(Want.Data, Want.Data, true)]
    [InlineData(Want.Data, Want.Space, false)]
    [InlineData(Want.Space, Want.Data, false)]
    [InlineData(Want.Data | Want.Space, Want.Space, true)]
    [InlineData(Want.Data, Want.Attention, true)]
    internal void Ring_OnlyForWhatIsWanted_CallsTheKernel(Want wanted, Want news, bool rings)
    {
        int ticket = Bell.Announce(wanted);
        Bell.Ring(news);
        Assert.Equal(rings ? ticket + 1 : ticket, Bell.Ticket);
        Assert.Equal(!rings, Bell.IsAwaited);
    }

    [Fact]
    public void Ring_Twice_WakesOnce()
    {
        int ticket = Bell.Announce(Want.Data);
        Bell.Ring(Want.Data);
        Bell.Ring(Want.Data);
        Assert.Equal(ticket + 1, Bell.Ticket);
    }

    [Fact]
    public void Withdraw_TakesTheAnnouncementBack()
    {
        int ticket = Bell.Announce(Want.Data);
        Bell.Withdraw();
        Bell.Ring(Want.Data);
        Assert.Equal(ticket, Bell.Ticket);
    }

    [Fact]
    public void Sleep_RungBefore_ReturnsAtOnce()
    {
        int ticket = Bell.Announce(Want.Data);
        Bell.Ring(Want.Data);
        Assert.True(Bell.Sleep(ticket, Timeout.Infinite));
    }

    [Fact]
    public void Sleep_NobodyRings_IsFalseAfterTheTimeAndWantsNothingMore()
    {
        Assert.False(Bell.Sleep(Bell.Announce(Want.Data), 10));
        Assert.False(Bell.IsAwaited);
    }

    [Fact(Timeout = 60_000)]
    public async Task Wake_ReachesASleeperWhoseAnnouncementADeadRingerTook()
    {
        int ticket = Bell.Announce(Want.Data);

        // A ringer takes the announcement and is killed before it wakes: from here on Ring finds nobody.
        Bell.Withdraw();
        Task<bool> sleeper = Task.Run(() => Bell.Sleep(ticket, 20_000));
        Bell.Ring(Want.Data | Want.Attention);
        Assert.Equal(ticket, Bell.Ticket);
        Bell.Wake();
        Assert.True(await sleeper);
    }

    [Fact(Timeout = 120_000)]
    public async Task Many_ringers_and_one_sleeper_lose_no_wake_up()
    {
        const int Ringers = 3;
        const int Rounds = 20_000;
        int[] posted = new int[Ringers * 32];
        int seen = 0;

        // Each ringer posts its next number only when the last one was seen, so that a lost wake-up stops them all.
        Task[] ringers = [.. Enumerable.Range(0, Ringers).Select(ringer => Task.Factory.StartNew(
            () =>
            {
                for (int round = 1; round <= Rounds; round++)
                {
                    Volatile.Write(ref posted[ringer * 32], round);
                    Bell.Ring(Want.Data);
                    SpinWait spin = default;
                    while (Volatile.Read(ref seen) < round)
                    {
                        spin.SpinOnce();
                    }
                }
            },
            TaskCreationOptions.LongRunning))];

        Task sleeper = Task.Factory.StartNew(
            () =>
            {
                for (int round = 1; round <= Rounds; round++)
                {
                    while (!AllAt(round))
                    {
                        int ticket = Bell.Announce(Want.Data);
                        if (AllAt(round))
                        {
                            Bell.Withdraw();
                        }
                        else
                        {
                            Assert.True(Bell.Sleep(ticket, 20_000) || AllAt(round), $"a wake-up of round {round} was lost");
                        }
                    }

                    Volatile.Write(ref seen, round);
                }
            },
            TaskCreationOptions.LongRunning);
        await Task.WhenAll([sleeper, .. ringers]);

        bool AllAt(int round)
        {
            for (int i = 0; i < Ringers; i++)
            {
                if (Volatile.Read(ref posted[i * 32]) < round)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
