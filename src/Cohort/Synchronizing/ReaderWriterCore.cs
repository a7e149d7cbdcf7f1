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
        return TryEnterReadSoon(words, slot)
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

        return TryEnterReadSoon(words, slot)
            ? new ValueTask<bool>(true)
            : WaitAsync(new ReadWait(owner, words, slot), deadline, cancellationToken);
    }

    /// <inheritdoc cref="EnterRead"/>
    public static bool EnterWrite(SharedObject owner, ReaderWriterWords words, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryEnterWriteSoon(words)
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

        return TryEnterWriteSoon(words)
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
        if (wait.TryFinish(out _) || wait.LookForDead())
        {
            return true;
        }

        wait.GiveUp();
        return false;
    }

    private static bool TryEnterReadSoon(ReaderWriterWords words, int slot)
    {
        ShortSpin spin = new();
        do
        {
            if (words.TryEnterRead(slot))
            {
                return true;
            }
        }
        while (spin.TrySpin());
        return false;
    }

    private static bool TryEnterWriteSoon(ReaderWriterWords words)
    {
        ShortSpin spin = new();
        do
        {
            // Readers are looked for before as well, so that a spin does not keep them out time and again.
            if (words.Writer.IsFree && !words.HasReaders && words.Writer.TryTake())
            {
                if (!words.HasReaders)
                {
                    return true;
                }

                words.ReleaseWriter();
                return false;
            }
        }
        while (spin.TrySpin());
        return false;
    }
}
