using System.Globalization;
using Cohort.Platform;

namespace Cohort.Tests.Platform;

public sealed class ProcessWatchTests : IDisposable
{
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact(Timeout = 60_000)]
    public async Task Exit_OfAProcessThatIsNoChild_Completes()
    {
        await using ChildOutput child = ChildOutput.Start(TestWorker.Request("spawn-and-stay"));
        int grandchild = int.Parse(await child.ReadLineAsync(), CultureInfo.InvariantCulture);
        using ProcessWatch watch = ProcessWatch.Open(ProcessIdentity.Of(grandchild)!.Value);
        TaskCompletionSource called = new();
        watch.OnExit(called.SetResult);
        Assert.False(watch.HasExited);

        Assert.True(ProcessIdentity.Of(grandchild)!.Value.TrySignal(Signal.SIGKILL));

        await watch.Exit.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(called.Task.IsCompleted);
        int late = 0;
        watch.OnExit(() => late++);
        Assert.Equal(1, late);
    }

    [Fact(Timeout = 60_000)]
    public async Task Open_ProcessIsGone_HasExited()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "true", Arguments = ["true"] });
        await child.Exit.WaitAsync(TestContext.Current.CancellationToken);

        using ProcessWatch watch = ProcessWatch.Open(child.ProcessId);

        Assert.True(watch.HasExited);
    }

    [Fact]
    public void Open_AnotherProcessHasTheId_HasExited()
    {
        ProcessIdentity earlier = ProcessIdentity.Current with { StartTime = ProcessIdentity.Current.StartTime - 1 };

        using ProcessWatch watch = ProcessWatch.Open(earlier);

        Assert.True(watch.HasExited);
    }

    [Fact(Timeout = 60_000)]
    public async Task Dispose_WhileItRuns_GivesTheDescriptorBackAndNeverCalls()
    {
        using ChildProcess child = ProcessLauncher.Instance.Launch(new LaunchRequest { FileName = "sleep", Arguments = ["sleep", "1000"] });
        Leaks before = Leaks.Snapshot();
        bool called = false;
        ProcessWatch watch = ProcessWatch.Open(child.ProcessId);
        watch.OnExit(() => called = true);
        watch.Dispose();
        watch.Dispose();
        Leaks.AssertNone(before);

        child.Signal(Signal.SIGKILL);
        await child.Exit.WaitAsync(TestContext.Current.CancellationToken);

        Assert.False(called);
    }

    [Fact(Timeout = 60_000)]
    public async Task Exit_OfTheParent_IsSeenByItsChild()
    {
        // The shell starts the watcher in the background, tells its id, and stays until it is killed.
        await using ChildOutput parent = ChildOutput.Start(TestWorker.Request("watch-parent") with
        {
            FileName = "/bin/sh",
            Arguments = ["sh", "-c", "\"$0\" watch-parent & echo $!; wait", TestWorker.Path],
        });
        parent.Process.KillGroupOnExit = false;
        int watcher = int.Parse(await parent.ReadLineAsync(), CultureInfo.InvariantCulture);
        Assert.Equal("ready", await parent.ReadLineAsync());
        using ProcessWatch watch = ProcessWatch.Open(watcher);

        parent.Process.Signal(Signal.SIGKILL);

        await watch.Exit.WaitAsync(TestContext.Current.CancellationToken);
    }
}
