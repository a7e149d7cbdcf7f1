using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>Taking an <see cref="OwnedWord"/>: at once, after a short spin, after a wait.</summary>
internal static class LockCore
{
    /// <returns>Null when the deadline passed; else whether the owner before had died.</returns>
    public static bool? Take(IWaitOwner owner, OwnedWord word, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (TryTakeSoon(word))
        {
            return false;
        }

        LockWait wait = new(owner, word);
        if (deadline.HasPassed)
        {
            // Not asked to wait, but a lock of the dead is there for the taking.
            return word.TryTakeFromDead() ? true : null;
        }

        return BlockingWait.Run(wait, deadline, cancellationToken) ? wait.IsAbandoned : null;
    }

    /// <inheritdoc cref="Take"/>
    public static ValueTask<bool?> TakeAsync(IWaitOwner owner, OwnedWord word, Deadline deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool?>(cancellationToken);
        }

        if (TryTakeSoon(word))
        {
            return new ValueTask<bool?>(false);
        }

        return deadline.HasPassed
            ? new ValueTask<bool?>(word.TryTakeFromDead() ? true : null)
            : FinishAsync(new LockWait(owner, word), deadline, cancellationToken);
    }

    /// <summary>Takes it now or after a short spin.</summary>
    public static bool TryTakeSoon(OwnedWord word)
    {
        if (word.TryTake())
        {
            return true;
        }

        ShortSpin spin = new();
        while (spin.TrySpin())
        {
            if (word.IsFree && word.TryTake())
            {
                return true;
            }
        }

        return false;
    }

    private static async ValueTask<bool?> FinishAsync(LockWait wait, Deadline deadline, CancellationToken cancellationToken) =>
        await AsyncWaits.Run(wait, deadline, cancellationToken).ConfigureAwait(false) ? wait.IsAbandoned : null;
}
