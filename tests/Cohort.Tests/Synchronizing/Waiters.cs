using Cohort.Sharing;
using Cohort.Synchronizing;

namespace Cohort.Tests.Synchronizing;

/// <summary>Who waits at a semaphore or an event, from the second word of its state.</summary>
internal static class Waiters
{
    public static unsafe int Of(SharedObject shared)
    {
        int waiters = Volatile.Read(ref ((int*)shared.Cell.Payload)[1]);
        GC.KeepAlive(shared);
        return waiters;
    }

    public static Task ComeToAsync(SharedObject shared, int count) => Eventually.TrueAsync(() => Of(shared) == count);

    /// <summary>A writer waits: it keeps readers out.</summary>
    public static Task WriterComesAsync(InterprocessReaderWriterLock gate) => Eventually.TrueAsync(() =>
    {
        using LockHandle? reading = gate.TryAcquireRead();
        return reading is null;
    });
}
