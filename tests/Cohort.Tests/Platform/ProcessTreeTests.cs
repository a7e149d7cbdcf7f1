using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class ProcessTreeTests : IDisposable
{
    // Three levels: a shell, two shells below it, a sleeper below each.
    private const string Tree = "for i in 1 2; do (sleep 1000 & wait) & done; echo ready; wait";

    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task DescendantsOf_Shell_FindsAllLevels()
    {
        await using ChildOutput child = StartTree();
        await Eventually.TrueAsync(() => SleepersBelow(child).Count == 2);

        IReadOnlyList<ProcessStat> found = ProcessTree.DescendantsOf(child.Process.ProcessId);

        Assert.Equal(4, found.Count);
        Assert.Equal(2, found.Count(process => process.ParentId == child.Process.ProcessId));
        Assert.All(found, process => Assert.Equal(child.Process.ProcessId, process.GroupId));
        Assert.Equal(5, ProcessTree.MembersOf(child.Process.ProcessId).Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task Kill_Shell_TakesAllLevels()
    {
        await using ChildOutput child = StartTree();
        child.Process.KillGroupOnExit = false;
        await Eventually.TrueAsync(() => SleepersBelow(child).Count == 2);
        ProcessStat[] all = [.. ProcessTree.DescendantsOf(child.Process.ProcessId)];

        int killed = ProcessTree.Kill(ProcessIdentity.Of(child.Process.ProcessId)!.Value);

        Assert.Equal(5, killed);
        Assert.Equal(-Signal.SIGKILL, (await child.Process.Exit.WaitAsync(TestContext.Current.CancellationToken)).ExitCode);
        await Eventually.TrueAsync(() => !all.Any(static process => process.Identity.IsAlive));
    }

    [Fact(Timeout = 60_000)]
    public async Task Kill_ForkingTree_LeavesNobody()
    {
        // Forks without end, each generation replacing the one before: a scan alone would always be behind.
        await using ChildOutput child = ChildOutput.Start(new LaunchRequest
        {
            FileName = "/bin/sh",
            Arguments = ["sh", "-c", "echo ready; while :; do (sleep 0.01; :) & sleep 0.003; done"],
        });
        child.Process.KillGroupOnExit = false;
        await child.ReadLineAsync();

        ProcessTree.Kill(ProcessIdentity.Of(child.Process.ProcessId)!.Value);

        await child.Process.Exit.WaitAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => ProcessTree.MembersOf(child.Process.ProcessId).All(static process => process.IsZombie));
    }

    [Fact]
    public void Kill_ProcessWithAnotherStartTime_KillsNobody()
    {
        ProcessIdentity stranger = ProcessIdentity.Current with { StartTime = 1 };

        Assert.Equal(0, ProcessTree.Kill(stranger));
    }

    private static ChildOutput StartTree() =>
        ChildOutput.Start(new LaunchRequest { FileName = "/bin/sh", Arguments = ["sh", "-c", Tree] });

    private static List<ProcessStat> SleepersBelow(ChildOutput child) =>
        [.. ProcessTree.DescendantsOf(child.Process.ProcessId).Where(static process => process.Name == "sleep")];
}
