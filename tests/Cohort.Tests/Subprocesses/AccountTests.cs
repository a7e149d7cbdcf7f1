using Cohort.Platform;
using Cohort.Subprocesses;

namespace Cohort.Tests.Subprocesses;

/// <summary>Users and groups by name.</summary>
public sealed class AccountTests
{
    [Fact]
    public void Names_AreThoseOfTheCommand()
    {
        Assert.SkipUnless(OwnProcess.UserId == 0, "needs root");
        SubprocessOptions options = new() { UserName = "nobody", GroupName = "daemon", ExtraGroupNames = ["mail"], ExtraGroupIds = [54321] };

        string[] lines = Subprocess.CheckOutput(Subprocess.Shell("id -un; id -gn; id -G; getent group mail | cut -d: -f3"), options, Watchdog.Limit).Split('\n');

        Assert.Equal("nobody", lines[0]);
        Assert.Equal("daemon", lines[1]);
        Assert.Subset(lines[2].Split(' ').ToHashSet(), new HashSet<string> { "54321", lines[3] });
    }

    [Fact]
    public void Names_ThatNobodyHas_AreToldAtTheStart()
    {
        Assert.Contains("user \"cohort-nobody\"", FaultOf(new() { UserName = "cohort-nobody" }), StringComparison.Ordinal);
        Assert.Contains("group \"cohort-none\"", FaultOf(new() { GroupName = "cohort-none" }), StringComparison.Ordinal);
        Assert.Contains("group \"\"", FaultOf(new() { ExtraGroupNames = [""] }), StringComparison.Ordinal);
        Assert.Contains("zero character", FaultOf(new() { UserName = "ro\0ot" }), StringComparison.Ordinal);
    }

    [Fact]
    public void NumberAndName_AreRefused()
    {
        Assert.Contains("not both", FaultOf(new() { UserName = "root", UserId = 0 }), StringComparison.Ordinal);
        Assert.Contains("not both", FaultOf(new() { GroupName = "root", GroupId = 0 }), StringComparison.Ordinal);
    }

    private static string FaultOf(SubprocessOptions options) =>
        Assert.Throws<ArgumentException>(() => Subprocess.Start(["true"], options)).Message;
}
