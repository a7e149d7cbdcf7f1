using Cohort.Platform;
using Cohort.Tests.Support;
using Cohort.Workers;

namespace Cohort.Tests.Pools.Observing;

public sealed class PostMortemTests
{
    [Theory]
    [InlineData(-9, 0, "was ended by SIGKILL", "killed, by somebody or for want of memory")]
    [InlineData(-9, 2, "was ended by SIGKILL", "the kernel has killed 2 of")]
    [InlineData(-6, 0, "was ended by SIGABRT", "FailFast")]
    [InlineData(134, 0, "exited with code 134", "FailFast")]
    [InlineData(-11, 0, "was ended by SIGSEGV", "unsafe code")]
    [InlineData(139, 0, "exited with code 139", "unsafe code")]
    [InlineData(3, 0, "exited with code 3", "the function ended the process")]
    [InlineData(null, 0, "ended in an unknown way", "while it ran f")]
    public void Describe_AnyEnd_NamesItAndItsCause(int? exitCode, long oomKills, string end, string hint)
    {
        string text = new PostMortem { OomKills = oomKills }.Describe("w:1", 12, exitCode, "f");
        Assert.StartsWith($"Worker w:1#12 {end} while it ran f", text, StringComparison.Ordinal);
        Assert.Contains(hint, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_AllKnown_TellsAll() => Assert.Equal(
        "Worker w:1#12 was ended by SIGTERM while it ran f, after 1.25 s. It had used up to 3 MiB of memory. Its last lines on standard error:\n  one\n  two",
        new PostMortem { Runtime = TimeSpan.FromSeconds(1.25), PeakMemory = 3 << 20, LastErrorLines = ["one", "two"] }.Describe("w:1", 12, -15, "f"));

    /// <summary>What names the fault comes first, and is the first to be lost in a deep stack.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData("Unhandled exception. System.FormatException: no", true)]
    [InlineData("Fatal error. no", true)]
    [InlineData("Process terminated. no", true)]
    [InlineData("Stack overflow.", true)]
    [InlineData("It was all good.", false)]
    public async Task LastLines_OfADeepStack_BeginWithItsFault(string head, bool isKept)
    {
        await using ProcessPool pool = new(new ProcessPoolOptions { Workers = 1, Output = static _ => { } });
        WorkerLostException death = Assert.IsType<WorkerLostException>(await Watchdog.FaultOf(pool.ApplyAsync(PrintAndDie(head))));
        Assert.Equal(isKept, death.Message.Contains($"\n  {head}\n  at 10\n", StringComparison.Ordinal));
        Assert.EndsWith("\n  at 19", death.Message, StringComparison.Ordinal);

        static Action PrintAndDie(string head) => () =>
        {
            Console.Error.WriteLine(head);
            for (int i = 0; i < 20; i++)
            {
                Console.Error.WriteLine($"at {i}");
            }

            Deaths.KillSelf();
        };
    }

    [Theory]
    [InlineData("low 0\noom 3\noom_kill 2\noom_group_kill 1\n", 2L)]
    [InlineData("low 0\n", null)]
    [InlineData("oom_kill many\n", null)]
    [InlineData(null, null)]
    public void OomKills_OfAGroup_AreRead(string? events, long? expected)
    {
        using TemporaryFolder folder = new();
        folder.Write("proc/self/cgroup", "1:name=systemd:/x\n0::/jobs/pool\n");
        folder.Write("proc/self/mountinfo", "20 1 0:1 / /proc rw - proc proc rw\n36 25 0:32 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n");
        if (events is not null)
        {
            folder.Write("sys/fs/cgroup/jobs/pool/memory.events", events);
        }

        Assert.Equal(expected, CgroupOomKills.Read(folder.Root));
    }

    [Fact]
    public void OomKills_WithoutProc_AreUnknown()
    {
        using TemporaryFolder folder = new();
        Assert.Null(CgroupOomKills.Read(folder.Root));
    }
}
