using Cohort.Sharing;

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
}
