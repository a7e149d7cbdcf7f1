using Cohort.Interop;

namespace Cohort.Tests.Platform;

public sealed class ProcessCreationTests
{
    [Fact(Timeout = 60_000)]
    public async Task TryForbid_StopsProcessesAndNotThreads()
    {
        await using ChildOutput child = ChildOutput.Start(TestWorker.Request("forbid-processes"));

        Assert.Equal("before: 0", await child.ReadLineAsync());
        Assert.Equal("forbidden: True", await child.ReadLineAsync());
        Assert.Equal($"after: errno {Errno.EAGAIN}", await child.ReadLineAsync());
        Assert.Equal("thread: ran", await child.ReadLineAsync());
    }
}
