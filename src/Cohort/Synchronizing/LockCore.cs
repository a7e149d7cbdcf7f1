using Cohort.Interop;
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

        if (TryTakeFromDead(word, deadline))
        {
            return true;
        }

        if (deadline.HasPassed)
        {
            return null;
        }

        LockWait wait = new(owner, word);
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

        if (TryTakeFromDead(word, deadline))
        {
            return new ValueTask<bool?>(true);
        }

        return deadline.HasPassed
            ? new ValueTask<bool?>((bool?)null)
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

    /// <summary>
    /// Before a wait, so that what the dead hold is not waited for. To be sure of an owner costs a file, which is worth it only for
    /// one who will not wait; that no process has its number is one system call, and true of all dead ones but zombies.
    /// </summary>
    private static bool TryTakeFromDead(OwnedWord word, Deadline deadline) =>
        (deadline.HasPassed || (word.Owner is not 0 and int owner && owner != Environment.ProcessId && IsGone(owner)))
        && word.TryTakeFromDead();

    private static bool IsGone(int processId) => Libc.Kill(processId, 0) != 0 && Errno.Last == Errno.ESRCH;

    private static async ValueTask<bool?> FinishAsync(LockWait wait, Deadline deadline, CancellationToken cancellationToken) =>
        await AsyncWaits.Run(wait, deadline, cancellationToken).ConfigureAwait(false) ? wait.IsAbandoned : null;
}
