using Cohort.Sharing;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>Entering a reader-writer lock: at once, after a short spin, after a wait.</summary>
internal static class ReaderWriterCore
{
    /// <returns>False when the deadline passed.</returns>
    public static bool EnterRead(
        SharedObject owner, ReaderWriterWords words, int slot, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryEnterReadSoon(owner, words, slot)
            || Wait(new ReadWait(owner, words, slot), deadline, cancellationToken);
    }

    /// <inheritdoc cref="EnterRead"/>
    public static ValueTask<bool> EnterReadAsync(
        SharedObject owner, ReaderWriterWords words, int slot, Deadline deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        return TryEnterReadSoon(owner, words, slot)
            ? new ValueTask<bool>(true)
            : WaitAsync(new ReadWait(owner, words, slot), deadline, cancellationToken);
    }

    /// <inheritdoc cref="EnterRead"/>
    public static bool EnterWrite(SharedObject owner, ReaderWriterWords words, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryEnterWriteSoon(owner, words)
            || Wait(new WriteWait(owner, words), deadline, cancellationToken);
    }

    /// <inheritdoc cref="EnterRead"/>
    public static ValueTask<bool> EnterWriteAsync(
        SharedObject owner, ReaderWriterWords words, Deadline deadline, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        return TryEnterWriteSoon(owner, words)
            ? new ValueTask<bool>(true)
            : WaitAsync(new WriteWait(owner, words), deadline, cancellationToken);
    }

    private static bool Wait(PendingWait wait, Deadline deadline, CancellationToken cancellationToken) =>
        deadline.HasPassed ? LookOnce(wait) : BlockingWait.Run(wait, deadline, cancellationToken);

    private static ValueTask<bool> WaitAsync(PendingWait wait, Deadline deadline, CancellationToken cancellationToken) =>
        deadline.HasPassed
            ? new ValueTask<bool>(LookOnce(wait))
            : new ValueTask<bool>(AsyncWaits.Run(wait, deadline, cancellationToken));

    /// <summary>Not asked to wait, but what the dead hold is there for the taking.</summary>
    private static bool LookOnce(PendingWait wait)
    {
        wait.Begin(CancellationToken.None);
        try
        {
            if (wait.TryFinish(out _) || wait.LookForDead())
            {
                wait.Finish();
                return true;
            }

            wait.GiveUp();
            return false;
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

    private static bool TryEnterReadSoon(SharedObject owner, ReaderWriterWords words, int slot)
    {
        if (words.TryEnterRead(slot))
        {
            LeaveReadIfDisposed(owner, words, slot);
            return true;
        }

        Hold(owner);
        try
        {
            ShortSpin spin = new();
            while (spin.TrySpin())
            {
                if (words.TryEnterRead(slot))
                {
                    LeaveReadIfDisposed(owner, words, slot);
                    return true;
                }
            }

            return false;
        }
        finally
        {
            owner.Cell.LetGo();
        }
    }

    private static bool TryEnterWriteSoon(SharedObject owner, ReaderWriterWords words)
    {
        Hold(owner);
        try
        {
            ShortSpin spin = new();
            do
            {
                // Readers are looked for before as well, so that a spin does not keep them out time and again.
                if (words.Writer.IsFree && !words.HasReaders && words.Writer.TryTake())
                {
                    bool isIn = !words.HasReaders && !owner.Cell.IsDisposed;
                    if (!isIn)
                    {
                        words.ReleaseWriter();
                        ThrowIfDisposed(owner);
                    }

                    return isIn;
                }
            }
            while (spin.TrySpin());
            return false;
        }
        finally
        {
            owner.Cell.LetGo();
        }
    }

    /// <summary>As <see cref="LockCore.GiveBackIfDisposed"/>.</summary>
    private static void LeaveReadIfDisposed(SharedObject owner, ReaderWriterWords words, int slot)
    {
        if (owner.Cell.IsDisposed)
        {
            words.LeaveRead(slot);
            ThrowIfDisposed(owner);
        }
    }

    /// <summary>Keeps the memory from being replaced in the middle: what is taken there may have to be given back there.</summary>
    private static void Hold(SharedObject owner) => ObjectDisposedException.ThrowIf(!owner.Cell.TryHold(), owner);

    private static void ThrowIfDisposed(SharedObject owner) => ObjectDisposedException.ThrowIf(owner.Cell.IsDisposed, owner);
}
