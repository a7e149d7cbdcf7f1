using System.Diagnostics;
using Cohort.Platform;
using Cohort.Utils;

namespace Cohort.Synchronizing;

/// <summary>One asynchronous wait; everything but its task belongs to the thread that serves it.</summary>
internal sealed class AsyncWait(PendingWait wait, Deadline deadline, CancellationToken cancellationToken)
{
    private readonly TaskCompletionSource<bool> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _registration;
    private long _lastLook = Stopwatch.GetTimestamp();

    public Task<bool> Task => _completion.Task;

    /// <summary>Where to sleep until the next <see cref="Advance"/>.</summary>
    public WaitTarget Target { get; private set; }

    public void PokeWhenCancelled(AsyncWaitThread thread) =>
        _registration = cancellationToken.UnsafeRegister(static state => ((AsyncWaitThread)state!).Poke(), thread);

    /// <summary>How long the thread may sleep for this wait.</summary>
    public int MillisecondsToLook =>
        deadline.RemainingMilliseconds is >= 0 and int remaining
            ? Math.Min(remaining, wait.Slice)
            : wait.Slice;

    /// <summary>Looks whether the wait has come to an end, in whatever way.</summary>
    /// <param name="hasDeath">Somebody has died since the last look.</param>
    public bool Advance(bool hasDeath)
    {
        try
        {
            if (!TryEnd(hasDeath))
            {
                return false;
            }
        }
        catch (Exception exception)
        {
            wait.GiveUp();
            _completion.SetException(exception);
        }

        wait.Owner.LetGo();
        _registration.Unregister();
        return true;
    }

    private bool TryEnd(bool hasDeath)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            wait.GiveUp();
            _completion.SetCanceled(cancellationToken);
            return true;
        }

        wait.ThrowIfDisposed(wait.Owner.IsDisposed);
        bool isDone = wait.TryFinish(out WaitTarget target) || (IsTimeToLook(hasDeath) && wait.LookForDead());
        Target = target;
        if (isDone)
        {
            wait.Finish();
            _completion.SetResult(true);
        }
        else if (deadline.HasPassed)
        {
            wait.GiveUp();
            _completion.SetResult(false);
            isDone = true;
        }

        return isDone;
    }

    private bool IsTimeToLook(bool hasDeath)
    {
        if (!hasDeath && Stopwatch.GetElapsedTime(_lastLook).TotalMilliseconds < wait.Slice)
        {
            return false;
        }

        _lastLook = Stopwatch.GetTimestamp();
        return true;
    }
}
