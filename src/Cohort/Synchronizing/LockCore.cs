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
        if (TryTakeWithoutWait(owner, word, deadline) is { } isAbandoned)
        {
            return isAbandoned;
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

        if (TryTakeWithoutWait(owner, word, deadline) is { } isAbandoned)
        {
            return new ValueTask<bool?>(isAbandoned);
        }

        return deadline.HasPassed
            ? new ValueTask<bool?>((bool?)null)
            : FinishAsync(new LockWait(owner, word), deadline, cancellationToken);
    }

    /// <summary>Gives back what was taken by an owner that is disposed.</summary>
    /// <remarks>
    /// What is taken is taken by an interlocked access: a disposal that is not seen here sees that something is held, and keeps it for
    /// its handle. Without this look, who has taken it after the disposal's would hold it for ever, as nobody can release it any more;
    /// or would hold nothing but the zeros that have taken the memory's place.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public static void GiveBackIfDisposed(IWaitOwner owner, OwnedWord word)
    {
        if (owner.IsDisposed)
        {
            word.Release();
            throw new ObjectDisposedException(owner.ObjectName);
        }
    }

    /// <summary>Takes it now or after a short spin, for one who keeps the memory meanwhile.</summary>
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

    /// <returns>Null when it is not to be had; else whether the owner before had died.</returns>
    private static bool? TryTakeWithoutWait(IWaitOwner owner, OwnedWord word, Deadline deadline)
    {
        if (word.TryTake())
        {
            GiveBackIfDisposed(owner, word);
            return false;
        }

        // What follows takes its time, in which the memory must not be replaced: what is taken may have to be given back.
        if (!owner.TryHold())
        {
            throw new ObjectDisposedException(owner.ObjectName);
        }

        try
        {
            bool isFree = TryTakeSoon(word);
            if (!isFree && !TryTakeFromDead(word, deadline))
            {
                return null;
            }

            GiveBackIfDisposed(owner, word);
            return !isFree;
        }
        finally
        {
            owner.LetGo();
        }
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
