using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>Waits on the calling thread. See the overview of <see cref="PendingWait"/>.</summary>
internal static unsafe class BlockingWait
{
    /// <returns>False when the deadline passed first.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed in this process meanwhile.</exception>
    public static bool Run(PendingWait wait, Deadline deadline, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
        {
            return Run(wait, deadline, null, cancellationToken);
        }

        // The word is this wait's own, so that a cancellation wakes nobody else.
        int cancelled = 0;
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static state => Wake((int*)(nint)state!), (nint)(&cancelled));
        return Run(wait, deadline, &cancelled, cancellationToken);
    }

    private static bool Run(PendingWait wait, Deadline deadline, int* cancelled, CancellationToken cancellationToken)
    {
        wait.Begin(cancellationToken);
        try
        {
            while (true)
            {
                WaitTarget disposals = DisposalBell.Target;
                WaitTarget deaths = DeathBell.Target;
                wait.ThrowIfDisposed(wait.Owner.IsDisposed);
                if (wait.TryFinish(out WaitTarget target))
                {
                    wait.Finish();
                    return true;
                }

                cancellationToken.ThrowIfCancellationRequested();
                if (deadline.HasPassed)
                {
                    wait.GiveUp();
                    return false;
                }

                if (!Sleep(target, disposals, deaths, wait.Slice, deadline, cancelled) && wait.LookForDead())
                {
                    wait.Finish();
                    return true;
                }
            }
        }
        catch
        {
            wait.GiveUp();
            throw;
        }
        finally
        {
            wait.Owner.LetGo();
        }
    }

    /// <summary>False when the slice, or the deadline, is over, or somebody has died: time to look.</summary>
    private static bool Sleep(
        WaitTarget target, WaitTarget disposals, WaitTarget deaths, int longest, Deadline deadline, int* cancelled)
    {
        int remaining = deadline.RemainingMilliseconds;
        int slice = remaining < 0 ? longest : Math.Min(remaining, longest);

        // A short sleep ends soon enough by itself, and one word is cheaper than three.
        if (slice <= PendingWait.ShortSleepMilliseconds)
        {
            return cancelled is null
                ? target.Sleep(slice)
                : AddressWaiter.Instance.WaitAny([target, new WaitTarget(cancelled, 0)], slice) >= 0;
        }

        int woken = cancelled is null
            ? AddressWaiter.Instance.WaitAny([target, deaths, disposals], slice)
            : AddressWaiter.Instance.WaitAny([target, deaths, disposals, new WaitTarget(cancelled, 0)], slice);
        return woken >= 0 && !deaths.HasChanged;
    }

    private static void Wake(int* word)
    {
        Volatile.Write(ref *word, 1);
        AddressWaiter.Instance.Wake(ref *word, 1);
    }
}
