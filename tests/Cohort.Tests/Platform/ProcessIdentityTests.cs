using Cohort.Platform;
using Cohort.Tests.Support;

namespace Cohort.Tests.Platform;

public sealed class ProcessIdentityTests
{
    [Fact]
    public void Current_IsAliveAndTheSameEachTime()
    {
        Assert.Equal(Environment.ProcessId, ProcessIdentity.Current.ProcessId);
        Assert.Equal(ProcessIdentity.Current, ProcessIdentity.Of(Environment.ProcessId));
        Assert.True(ProcessIdentity.Current.IsAlive);
    }

    [Fact]
    public void IsAlive_SameIdOtherStart_IsFalse()
    {
        ProcessIdentity other = ProcessIdentity.Current with { StartTime = ProcessIdentity.Current.StartTime + 1 };

        Assert.False(other.IsAlive);
        Assert.False(other.TrySignal(0));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public void Of_NoSuchProcess_IsNull(int processId) => Assert.Null(ProcessIdentity.Of(processId));

    [Fact(Timeout = 60_000)]
    public async Task IsAlive_OfAZombie_IsFalse()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "sleep", Arguments = ["sleep", "1000"] });
        ProcessIdentity identity = ProcessIdentity.Of(child.ProcessId)!.Value;
        bool aliveAsZombie = true;
        child.OnExit(_ => aliveAsZombie = identity.IsAlive);
        Assert.True(identity.IsAlive);

        Assert.True(identity.TrySignal(Signal.SIGKILL));
        await child.Exit.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(aliveAsZombie);
        Assert.False(identity.TrySignal(Signal.SIGKILL));
    }

    [Fact(Timeout = 60_000)]
    public async Task IsAlive_NoDescriptorLeft_IsTrueOfTheLiving()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "sleep", Arguments = ["sleep", "1000"] });
        ProcessIdentity dead = ProcessIdentity.Of(child.ProcessId)!.Value;
        Assert.True(dead.TrySignal(Signal.SIGKILL));
        await child.Exit.WaitAsync(TestContext.Current.CancellationToken);
        await using ProcessPool pool = new(1);
        List<string> faults = await pool.ApplyAsync(Look, (Environment.ProcessId, ProcessIdentity.Current.StartTime), (dead.ProcessId, dead.StartTime)).Watched();

        Assert.Empty(faults);

        static List<string> Look((int Id, ulong Start) living, (int Id, ulong Start) gone)
        {
            ProcessIdentity alive = new(living.Id, living.Start);
            ProcessIdentity dead = new(gone.Id, gone.Start);
            List<string> faults = [];

            // Once before, as no code can be loaded without descriptors.
            LookAt(null);
            faults.Clear();
            using (DescriptorLimit.Hoard hoard = DescriptorLimit.Exhaust(200))
            {
                LookAt(hoard);
            }

            return faults;

            void LookAt(DescriptorLimit.Hoard? hoard)
            {
                Note(alive.IsAlive, "the living is dead");
                Note(!dead.IsAlive, "the dead is alive");

                // With one for the process, and none to see whether it is that very one.
                hoard?.FreeOne();
                Note(!dead.TrySignal(0), "the dead was signalled");
                try
                {
                    Note(alive.TrySignal(0), "the living is gone");
                }
                catch (IOException)
                {
                    // It says so.
                }
            }

            void Note(bool isRight, string fault)
            {
                if (!isRight)
                {
                    faults.Add(fault);
                }
            }
        }
    }

    [Fact]
    public void Parse_NameWithSpacesAndParentheses_IsRead()
    {
        ProcessStat stat = ProcessStat.Parse(
            "12 (a) b (c) S 1 12 11 0 -1 4194304 102 0 0 0 0 0 0 0 20 0 1 0 236652 3133440 390 18446744073709551615\n");

        Assert.Equal(new ProcessStat(new ProcessIdentity(12, 236652), "a) b (c", 'S', 1, 12, 11), stat);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12 no parentheses")]
    [InlineData("12 (x) S 1 2 3")]
    public void Parse_NoStatFile_Throws(string text) => Assert.Throws<FormatException>(() => ProcessStat.Parse(text));
}
