using System.Globalization;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Cohort.Platform;
using Cohort.Subprocesses;
using Cohort.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Subprocesses;

/// <summary>What a command is and may do: each setting as the command itself sees it.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly Leaks _before = Leaks.Snapshot();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        Leaks.AssertNone(_before);
        _folder.Dispose();
    }

    [Fact]
    public void WorkingDirectory_IsTheCommandsAlone()
    {
        Assert.Equal("/usr/share\n", Output(["pwd"], new() { WorkingDirectory = "/usr/share" }));
        _folder.WriteScript("here.sh", "#!/bin/sh\necho found\n");
        Assert.Equal("found\n", Output(["./here.sh"], new() { WorkingDirectory = _folder.Root }));
        Assert.Equal("found\n", Output([_folder.PathOf("here.sh")], new() { WorkingDirectory = "/usr" }));
        Assert.Equal("found\n", Output(["x"], new() { WorkingDirectory = _folder.Root, Executable = "./here.sh" }));
    }

    [Fact]
    public void Environment_AddsReplacesAndRemoves()
    {
        Environment.SetEnvironmentVariable("COHORT_TEST_GONE", "here");
        try
        {
            SubprocessOptions options = new()
            {
                Environment = new Dictionary<string, string?> { ["FRUIT"] = "orange=x", ["HOME"] = "/elsewhere", ["COHORT_TEST_GONE"] = null },
            };
            Assert.Equal("orange=x /elsewhere none\n", Output(Subprocess.Shell("echo $FRUIT $HOME ${COHORT_TEST_GONE-none}"), options));
        }
        finally
        {
            Environment.SetEnvironmentVariable("COHORT_TEST_GONE", null);
        }
    }

    [Fact]
    public void Environment_NotInherited_IsExactlyWhatIsGiven() => Assert.Equal(
        "FRUIT=orange\n",
        Output(["/usr/bin/env"], new() { InheritEnvironment = false, Environment = new Dictionary<string, string?> { ["FRUIT"] = "orange" } }));

    [Fact]
    public void Executable_TakesPrecedenceOverTheName() => Assert.StartsWith(
        "another-name\0", Output(["another-name", "-c", "cat /proc/$$/cmdline"], new() { Executable = "/bin/sh" }), StringComparison.Ordinal);

    [Fact]
    public void Shell_PassesArgumentsUnread()
    {
        Assert.Equal("a b $HOME 'x'\n", Output(Subprocess.Shell("echo \"$1\" \"$2\"", "a b", "$HOME 'x'")));
        Assert.Equal("/bin/bash\n", Output(["/bin/bash", "-c", "echo $0"]));
    }

    [Fact]
    public void RawText_ArgumentsAndVariables_ArriveAsTheirBytes()
    {
        string raw = RawText.FromBytes([(byte)'a', 0xFF, 0xE2, 0x98, 0x82, 0xC3]);
        Assert.Equal("a\uDCFF☂\uDCC3", raw);
        Assert.Equal([(byte)'a', 0xFF, 0xE2, 0x98, 0x82, 0xC3], RawText.ToBytes(raw));
        Assert.Equal("𝄞"u8.ToArray(), RawText.ToBytes("𝄞"));

        Assert.Equal(RawText.ToBytes(raw), Subprocess.CheckOutputBytes(["printf", "%s", raw]).ToArray());
        SubprocessOptions options = new() { Environment = new Dictionary<string, string?> { ["RAW"] = raw } };
        Assert.Equal(RawText.ToBytes(raw), Subprocess.CheckOutputBytes(Subprocess.Shell("printf %s \"$RAW\""), options).ToArray());
    }

    [Fact]
    public void SessionAndGroup_AreThoseAskedFor()
    {
        string[] own = Output(["cat", "/proc/self/stat"], new() { NewSession = true }).Split(' ');
        Assert.Equal(own[0], own[4]);
        Assert.Equal(own[0], own[5]);

        string[] group = Output(["cat", "/proc/self/stat"], new() { ProcessGroup = 0 }).Split(' ');
        Assert.Equal(group[0], group[4]);
        Assert.NotEqual(group[0], group[5]);

        using Subprocess leader = Subprocess.Start(["sleep", "1000"], new() { ProcessGroup = 0 });
        string[] joined = Output(["cat", "/proc/self/stat"], new() { ProcessGroup = leader.ProcessId }).Split(' ');
        Assert.Equal(leader.ProcessId.ToString(CultureInfo.InvariantCulture), joined[4]);
    }

    [Fact]
    public void Signals_AreRestoredKeptOrBlocked()
    {
        Assert.Equal(0UL, Mask(new(), "SigIgn"));
        Assert.NotEqual(0UL, Mask(new() { RestoreSignals = false }, "SigIgn") & (1UL << 12));
        Assert.Equal(0UL, Mask(new(), "SigBlk"));
        Assert.Equal((1UL << 9) | (1UL << 14), Mask(new() { BlockedSignals = [10, 15] }, "SigBlk"));
    }

    [Fact]
    public void PassedHandles_HaveTheirNumbersAndNothingElseIsOpen()
    {
        string first = _folder.Write("first", "1st");
        using SafeFileHandle one = Libc.Open(first, Libc.O_RDONLY | Libc.O_CLOEXEC);
        using SafeFileHandle leaky = Libc.Open(first, Libc.O_RDONLY);
        SubprocessOptions options = new() { StandardInput = Redirect.Null, PassedHandles = new Dictionary<int, SafeHandle> { [7] = one } };

        Assert.Equal("1st", Output(Subprocess.Shell("cat <&7"), options));
        one.Dispose();
        Assert.Equal("0\n1\n2\n3\n", Output(["ls", "/proc/self/fd"], new() { StandardInput = Redirect.Null }));
        string open = Output(["ls", "/proc/self/fd"], new() { StandardInput = Redirect.Null, CloseOtherHandles = false });
        Assert.Contains($"\n{(int)leaky.DangerousGetHandle()}\n", open, StringComparison.Ordinal);
    }

    [Fact]
    public void NiceAffinityAndUmask_AreTheCommandsAlone()
    {
        string before = File.ReadAllText("/proc/self/status");

        Assert.Equal("7\n", Output(["nice"], new() { Nice = 7 }));
        int processor = FirstProcessor();
        Assert.Contains($"Cpus_allowed_list:\t{processor}\n", Output(["cat", "/proc/self/status"], new() { CpuAffinity = [processor] }), StringComparison.Ordinal);
        Assert.Equal("0077\n", Output(Subprocess.Shell("umask"), new() { Umask = 0b000_111_111 }));

        string after = File.ReadAllText("/proc/self/status");
        Assert.Equal(Line(before, "Umask"), Line(after, "Umask"));
        Assert.Equal(Line(before, "Cpus_allowed_list"), Line(after, "Cpus_allowed_list"));
    }

    [Fact]
    public void Affinity_NoSuchProcessor_SaysSo() => Assert.Contains(
        "processors 8000",
        Assert.Throws<IOException>(static () => Subprocess.Start(["true"], new() { CpuAffinity = [8000] })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void UserAndGroups_AreTheCommandsAlone()
    {
        Assert.SkipUnless(OwnProcess.UserId == 0, "needs root");

        // Whatever it was, so that it is seen to be put back.
        Libc.Prctl(Libc.PR_SET_DUMPABLE, 1);
        Assert.Equal("54321\n54322\n54322 54323\n", Output(
            Subprocess.Shell("id -u; id -g; id -G"), new() { UserId = 54321, GroupId = 54322, ExtraGroupIds = [54323] }));
        Assert.Equal("0\n", Output(["id", "-G"], new() { ExtraGroupIds = [] }));
        Assert.Equal(0u, OwnProcess.UserId);
        Assert.Equal(1, Libc.Prctl(Libc.PR_GET_DUMPABLE, 0));
    }

    [Fact]
    public void Limits_HoldBeforeTheProgramRuns()
    {
        SubprocessOptions options = new()
        {
            Limits = new Dictionary<LimitedResource, ResourceLimit>
            {
                [LimitedResource.OpenFiles] = new(64, 128),
                [LimitedResource.CoreBytes] = ResourceLimit.Of(0),
            },
        };

        string limits = Output(["cat", "/proc/self/limits"], options);

        Assert.Matches("Max open files +64 +128 ", limits);
        Assert.Matches("Max core file size +0 +0 ", limits);
        Assert.DoesNotMatch("Max open files +64 ", File.ReadAllText("/proc/self/limits"));
    }

    [Fact]
    public void Limits_StartThatFails_IsToldAsWithout()
    {
        SubprocessOptions options = new() { Limits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.CoreBytes] = ResourceLimit.Of(0) } };
        Assert.Throws<FileNotFoundException>(() => Subprocess.Start(["/nowhere/at/all"], options));
        Assert.Throws<DirectoryNotFoundException>(() => Subprocess.Start(["true"], options with { WorkingDirectory = "/nowhere" }));
    }

    [Fact(Timeout = 60_000)]
    public async Task Limits_ThatAreExceeded_EndTheCommand()
    {
        SubprocessOptions options = new() { Limits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.FileBytes] = ResourceLimit.Of(1000) } };

        int code = await Subprocess.CallAsync(["dd", "if=/dev/zero", $"of={_folder.PathOf("big")}", "bs=4000", "count=1", "status=none"], options with { StandardError = Redirect.Null }).Watched();

        Assert.NotEqual(0, code);
        Assert.Equal(1000, new FileInfo(_folder.PathOf("big")).Length);
    }

    [Fact]
    public void ControllingTerminal_IsThatOfTheCommand()
    {
        using SafeFileHandle master = Libc.Open("/dev/ptmx", Libc.O_RDWR | Libc.O_NOCTTY | Libc.O_CLOEXEC);
        Assert.SkipWhen(master.IsInvalid, "no pseudo-terminals here");
        string terminal = Terminal.UnlockedNameOf(master);

        string text = Output(Subprocess.Shell("tty; ps -o tty= -p $$ || cut -d' ' -f7 /proc/$$/stat"), new() { NewSession = true, ControllingTerminal = terminal, StandardInput = Redirect.Inherit });

        Assert.StartsWith(terminal + "\n", text, StringComparison.Ordinal);
        Assert.Contains(terminal["/dev/".Length..], text[terminal.Length..], StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Detached_LivesOnWithNothingOfOurs()
    {
        int pid;
        using (Subprocess process = Subprocess.Start(["sleep", "1000"], new() { Detached = true }))
        {
            pid = process.ProcessId;
        }

        ProcessStat stat = ProcessStat.Of(pid)!.Value;
        Assert.Equal(pid, stat.SessionId);
        await Eventually.TrueAsync(() => File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("sleep", StringComparison.Ordinal));
        Assert.Equal("/dev/null", new FileInfo($"/proc/{pid}/fd/0").LinkTarget);
        Assert.Equal("/dev/null", new FileInfo($"/proc/{pid}/fd/2").LinkTarget);
        Libc.Kill(pid, Signal.SIGKILL);
    }

    [Fact(Timeout = 60_000)]
    public async Task KillWithParent_ParentKilled_TakesTheCommandAlong()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "needs setpriv");
        string note = _folder.PathOf("pid");
        using WorkerProcess parent = WorkerProcess.Start(StartSleeper, note);
        await Eventually.TrueAsync(() => File.Exists(note));
        int pid = int.Parse(File.ReadAllText(note), CultureInfo.InvariantCulture);
        await Eventually.TrueAsync(() => File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("sleep", StringComparison.Ordinal)
            || File.ReadAllText($"/proc/{pid}/cmdline").Contains("/sleep\0", StringComparison.Ordinal));
        using ProcessWatch watch = ProcessWatch.Open(pid);

        Libc.Kill(parent.ProcessId!.Value, Signal.SIGKILL);

        await watch.Exit.Watched();
    }

    [Fact]
    public void KillWithParent_Otherwise_RunsAsAlways()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv"), "needs setpriv");
        Assert.Equal("hello\n", Output(["echo", "hello"], new() { KillWithParent = true }));
        Assert.Equal("5\n", Output(["nice"], new() { KillWithParent = true, Nice = 5 }));
        Assert.Throws<FileNotFoundException>(static () => Subprocess.Start(["cohort-nowhere"], new() { KillWithParent = true }));
        Assert.Throws<FileNotFoundException>(static () => Subprocess.Start(["/nowhere/x"], new() { KillWithParent = true }));
        Assert.Throws<IOException>(static () => Subprocess.Start(["/etc/passwd"], new() { KillWithParent = true }));
    }

    private static void StartSleeper(string note)
    {
        Subprocess process = Subprocess.Start(["sleep", "1000"], new() { KillWithParent = true });
        File.WriteAllText(note + ".new", process.ProcessId.ToString(CultureInfo.InvariantCulture));
        File.Move(note + ".new", note);
        process.Wait();
    }

    private static string Output(IReadOnlyList<string> command, SubprocessOptions? options = null) =>
        Subprocess.CheckOutput(command, options, Watchdog.Limit);

    private static ulong Mask(SubprocessOptions options, string name) => ulong.Parse(
        Line(Output(["cat", "/proc/self/status"], options), name).Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Line(string status, string name) => status.Split('\n').Single(line => line.StartsWith(name + ":", StringComparison.Ordinal));

    private static int FirstProcessor() =>
        int.Parse(Line(File.ReadAllText("/proc/self/status"), "Cpus_allowed_list").Split('\t')[1].Split('-', ',')[0], CultureInfo.InvariantCulture);

    private static unsafe class Terminal
    {
        private const nuint TIOCGPTN = 0x80045430;
        private const nuint TIOCSPTLCK = 0x40045431;

        public static string UnlockedNameOf(SafeFileHandle master)
        {
            int number = 0;
            Assert.Equal(0, IoCtl(master, TIOCSPTLCK, ref number));
            Assert.Equal(0, IoCtl(master, TIOCGPTN, ref number));
            return string.Create(CultureInfo.InvariantCulture, $"/dev/pts/{number}");
        }

        [DllImport("libc", EntryPoint = "ioctl")]
        private static extern int IoCtl(SafeFileHandle descriptor, nuint request, ref int argument);
    }
}
