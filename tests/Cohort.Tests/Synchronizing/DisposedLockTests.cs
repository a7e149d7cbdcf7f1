using System.Runtime.CompilerServices;
using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>A lock that is disposed while it is held: its handle still releases it, for the other processes.</summary>
public sealed class DisposedLockTests
{
    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Handle_OfALock_ReleasesIt()
    {
        InterprocessLock gate = new();
        LockHandle held = gate.Acquire();
        await ReleasesAsync(gate, held, static g => g.Acquire());
    }

    [Fact(Timeout = Limit)]
    public async Task Handles_OfARecursiveLock_ReleaseIt()
    {
        InterprocessRecursiveLock gate = new();
        LockHandle outer = await gate.AcquireAsync();
        LockHandle inner = gate.Reenter(outer);
        gate.Dispose();
        outer.Dispose();
        Assert.False(IsGivenUp(gate));
        inner.Dispose();
        Assert.True(IsGivenUp(gate));

        gate = new();
        outer = await gate.AcquireAsync();
        await ReleasesAsync(gate, outer, static g => g.Acquire());
    }

    [Theory(Timeout = Limit)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handle_OfAReaderOrWriter_ReleasesIt(bool reads)
    {
        InterprocessReaderWriterLock gate = new();
        LockHandle held = reads ? gate.AcquireRead() : gate.AcquireWrite();
        await ReleasesAsync(gate, held, static g => g.AcquireWrite());
    }

    [Fact(Timeout = Limit)]
    public async Task Handle_ThatNobodyDisposes_KeepsTheMemoryUntilItIsCollected()
    {
        nint header = Forget();
        await Eventually.TrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return IsFree(header);
        });

        [MethodImpl(MethodImplOptions.NoInlining)]
        static nint Forget()
        {
            InterprocessLock gate = new();
            LockHandle held = gate.Acquire();
            gate.Dispose();
            nint header = HeaderOf(gate);
            Assert.False(IsFree(header));
            GC.KeepAlive(held);
            return header;
        }
    }

    /// <param name="acquire">What another process waits for meanwhile.</param>
    private static async Task ReleasesAsync<T>(T gate, LockHandle held, Func<T, LockHandle> acquire)
        where T : SharedObject
    {
        await using ProcessPool pool = new(1);
        Task<bool> other = pool.ApplyAsync(
            static (g, take) =>
            {
                using LockHandle handle = take(g);
                return handle.Abandoned;
            },
            gate,
            acquire).Watched();
        await Eventually.TrueAsync(() => IsAwaited(gate));
        gate.Dispose();
        Assert.False(other.IsCompleted);
        held.Dispose();

        Assert.False(await other);
    }

    /// <summary>The sleepers' bit, or the writer who waits for readers.</summary>
    private static unsafe bool IsAwaited(SharedObject gate) => *(int*)gate.Cell.Payload is var word && (word < 0 || (word > 0 && word != Environment.ProcessId));

    private static bool IsGivenUp(SharedObject gate) => IsFree(HeaderOf(gate));

    private static unsafe nint HeaderOf(SharedObject gate) => (nint)(gate.Cell.Payload - SharedCell.HeaderSize);

    private static unsafe bool IsFree(nint header) => SharedCell.IsFree((byte*)header);
}
