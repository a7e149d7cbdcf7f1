using System.Runtime.CompilerServices;
using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Subprocesses;
using Cohort.Tests.Support;
using Cohort.Workers;

namespace Cohort.Tests.Sharing;

/// <summary>
/// Memory that is let go of where the system refuses as much private memory: under strict accounting, or, as here, beyond a limit of the
/// process for its data.
/// </summary>
public sealed class ShortMemoryTests
{
    private const int Limit = 60_000;
    private const long DataBytes = 4L << 30;

    /// <summary>Sparse, so that it takes no memory.</summary>
    private static readonly QueueOptions s_large = new() { MemoryLimit = 4 * DataBytes };

    private static readonly WorkerOptions s_limited = new()
    {
        Limits = new WorkerLimits
        {
            ResourceLimits = new Dictionary<LimitedResource, ResourceLimit> { [LimitedResource.DataBytes] = ResourceLimit.Of(DataBytes) },
        },
    };

    [Fact(Timeout = Limit)]
    public Task Dispose_GivesTheMemoryBackAndKeepsTheAddress() => RunAsync(static () =>
    {
        InterprocessQueue<int> queue = new(options: s_large);
        unsafe
        {
            byte* payload = queue.Cell.Payload;
            payload[DataBytes] = 1;
            Assert.Equal(1, Mappings("cohort-shared"));
            queue.Dispose();
            Assert.Equal(0, payload[DataBytes]);
            payload[DataBytes] = 2;
            Assert.Equal(2, payload[DataBytes]);
        }

        Assert.Equal(0, Mappings("cohort-shared"));
        Assert.Equal(1, Mappings("cohort-disposed"));
        Assert.Throws<ObjectDisposedException>(() => queue.Put(1));
    });

    [Fact(Timeout = Limit)]
    public Task Collected_LeavesTheProcessAlone() => RunAsync(static () =>
    {
        Forget();
        Assert.True(SpinWait.SpinUntil(
            static () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return Mappings("cohort-shared") == 0;
            },
            Watchdog.Limit));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget() => new InterprocessQueue<int>(options: s_large).Put(1);
    });

    /// <summary>With nothing else to put there, the memory stays for a while more.</summary>
    [Fact(Timeout = Limit)]
    public Task Detach_NoDescriptorLeft_DoesNotThrow() => RunAsync(static () =>
    {
        SharedPages rehearsal = Large();
        rehearsal.Detach();
        SharedPages pages = Large();
        using (DescriptorLimit.Exhaust(200))
        {
            pages.Detach(keepHandle: true);
        }

        Assert.Equal(1, Mappings("cohort-disposed"));
        Assert.Equal(1, Mappings("test-large"));
        pages.Handle.Dispose();
        GC.KeepAlive(rehearsal);
        GC.KeepAlive(pages);

        static SharedPages Large() => SharedPages.Create("test-large", (nuint)s_large.MemoryLimit);
    });

    private static async Task RunAsync(Action body)
    {
        using WorkerProcess worker = WorkerProcess.Start(body, s_limited);
        await worker.JoinAsync().Watched();
        Assert.Equal(0, worker.ExitCode);
    }

    private static int Mappings(string name) => File.ReadLines("/proc/self/maps").Count(line => line.Contains($"/memfd:{name}", StringComparison.Ordinal));
}
