using Cohort.Interop;
using Cohort.Platform;
using Cohort.Utils;

namespace Cohort.Subprocesses;

/// <summary>Feeds a command and reads from it until it has ended and all is read.</summary>
/// <remarks>
/// Overview. A command may write before it has read all, and to two pipes in any order; so all pipes are served as they are
/// ready, none waits for another. The end of the command is seen by its own descriptor and not by the end of its pipes, which
/// a process that it left in the background can keep open: once the command is gone, reading goes on until the pipes end or
/// for the time of the drain, whichever is first. All progress is kept in the pumps, so that a call that ran out of time, or
/// was cancelled, can be followed by another, of either form. The blocking form waits on the caller's thread by poll; the
/// other by the watch threads.
/// </remarks>
internal sealed partial class Exchange(
    ChildProcess child, InputPump? input, OutputPump[] outputs, TimeSpan drainTimeout, bool isDetached = false) : IDisposable
{
    /// <summary>How long reading may go on after the end when the command is being ended.</summary>
    private static readonly TimeSpan s_shortDrain = TimeSpan.FromMilliseconds(500);

    /// <summary>How often a long drain on a thread looks whether it is to hurry, and a wait for a detached command whether it is to stop.</summary>
    private static readonly TimeSpan s_drainStep = TimeSpan.FromMilliseconds(100);

    private readonly TaskCompletionSource _hurried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TimeSpan _drainTimeout = drainTimeout;
    private Deadline? _drainEnd;

    /// <summary>The first thing that went wrong in one of the pumps.</summary>
    public Exception? Fault => input?.Fault ?? Array.Find(outputs, static pump => pump.Fault is not null)?.Fault;

    /// <summary>Whether calls return though the command runs on and has more to write.</summary>
    public bool IsStopped => _stopped.Task.IsCompleted;

    /// <summary>Whether all that was written was read.</summary>
    public bool IsComplete => Array.TrueForAll(outputs, static pump => !pump.IsCut && pump.Fault is null);

    /// <summary>Blocks until the command has ended and all is read.</summary>
    /// <param name="deadline">When to give up for now.</param>
    /// <param name="endsAtFault">Whether a fault ends it early.</param>
    /// <returns>False when the deadline passed before.</returns>
    public bool Run(Deadline deadline, bool endsAtFault = true)
    {
        input?.Step();
        while (!(endsAtFault && Fault is not null) && !IsStopped)
        {
            if (IsOver())
            {
                return true;
            }

            Serve(deadline);
            if (deadline.HasPassed && !(child.HasExited && IsOver()))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Blocks until something was read or all is: one step of <see cref="ReadAsync(CancellationToken)"/>.</summary>
    /// <returns>Whether more may come.</returns>
    /// <exception cref="ObjectDisposedException">The command was disposed meanwhile, and its pipes with it.</exception>
    public bool ReadSome()
    {
        ObjectDisposedException.ThrowIf(Array.Exists(outputs, static pump => pump.IsOpen && pump.Pipe.IsClosed), typeof(Subprocess));
        if (HasReadAll() || Fault is not null || IsOver())
        {
            return false;
        }

        Serve(Deadline.Never);
        return true;
    }

    /// <summary>
    /// From now on, no wait for what others write: a command that is being ended must not keep anybody. Also for a call that
    /// runs on another thread.
    /// </summary>
    public void Hurry()
    {
        if (_drainTimeout > s_shortDrain || _drainTimeout == Timeout.InfiniteTimeSpan)
        {
            _drainTimeout = s_shortDrain;
        }

        // Also where that is short already: a target that takes nothing is waited for no longer either.
        _hurried.TrySetResult();
    }

    /// <summary>From now on nobody waits for a command that is to run on. Also for a call that runs on another thread.</summary>
    public void Stop() => _stopped.TrySetResult();

    public void Dispose()
    {
        input?.Dispose();
        foreach (OutputPump output in outputs)
        {
            output.Dispose();
        }
    }

    private bool HasReadAll() => Array.TrueForAll(outputs, static pump => pump.IsDone);

    /// <summary>Whether the command has ended and all is read, or what is left is no longer waited for.</summary>
    private bool IsOver()
    {
        if (!child.HasExited)
        {
            return false;
        }

        input?.Dispose();
        if (DrainEnd().HasPassed)
        {
            Array.ForEach(outputs, static pump => pump.Cut());
        }

        return HasReadAll();
    }

    /// <summary>Once the command has ended.</summary>
    private Deadline DrainEnd()
    {
        if (_drainEnd is null || (_hurried.Task.IsCompleted && _drainEnd.Value.Remaining is var left && (left > s_shortDrain || left == Timeout.InfiniteTimeSpan)))
        {
            _drainEnd = Deadline.In(_drainTimeout);
        }

        return _drainEnd.Value;
    }

    /// <summary>Waits for one or more to be ready, and serves each of those once.</summary>
    private void Serve(Deadline until)
    {
        // One look for both uses: seen to have ended between two of them, it would be waited for without its descriptor.
        bool hasExited = child.HasExited;
        if (hasExited)
        {
            until = Earlier(until, Earlier(DrainEnd(), Deadline.In(s_drainStep)));
        }
        else if (isDetached)
        {
            until = Earlier(until, Deadline.In(s_drainStep));
        }

        Span<PollFd> polls = stackalloc PollFd[outputs.Length + 2];
        int count = 0;
        foreach (OutputPump output in outputs)
        {
            polls[count++] = output.IsOpen ? new PollFd { fd = (int)output.Pipe.DangerousGetHandle(), events = Libc.POLLIN } : new PollFd { fd = -1 };
        }

        polls[count++] = input is { IsOpen: true } ? new PollFd { fd = (int)input.Pipe.DangerousGetHandle(), events = Libc.POLLOUT } : new PollFd { fd = -1 };
        polls[count++] = hasExited ? new PollFd { fd = -1 } : new PollFd { fd = (int)child.PidFd.DangerousGetHandle(), events = Libc.POLLIN };
        if (Descriptors.Poll(polls, until.RemainingMilliseconds) == 0)
        {
            return;
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            if (polls[i].revents != 0)
            {
                outputs[i].Step();
            }
        }

        if (polls[outputs.Length].revents != 0)
        {
            input!.Step();
        }

        if (polls[outputs.Length + 1].revents != 0)
        {
            child.Wait(until.RemainingMilliseconds);
        }
    }

    private static Deadline Earlier(Deadline one, Deadline other) =>
        one.IsInfinite || (!other.IsInfinite && other.Remaining < one.Remaining) ? other : one;
}
