using System.Collections.Concurrent;
using System.Diagnostics;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>
/// One thread that sees processes end: an epoll set of pidfds, each of which becomes readable when its process dies.
/// </summary>
/// <remarks>
/// Nothing here waits for "any child": the runtime ends the whole program when somebody reaps a child that belongs to
/// System.Diagnostics.Process. Each process is looked up by a key of its own and not by its descriptor's number, which
/// can come again as soon as the descriptor is closed.
/// </remarks>
internal sealed class ExitWatch
{
    private static readonly Lazy<ExitWatch> s_instance = new(static () => new ExitWatch());

    private readonly SafeFileHandle _epoll;
    private readonly ConcurrentDictionary<long, IExitTarget> _targets = new();
    private long _lastKey;

    private ExitWatch()
    {
        _epoll = Libc.EPollCreate();
        if (_epoll.IsInvalid)
        {
            throw OsError.LastToException("cannot make an epoll descriptor to watch processes");
        }

        new Thread(Loop) { IsBackground = true, Name = "Cohort exit watch" }.Start();
    }

    public static ExitWatch Instance => s_instance.Value;

    /// <summary>Starts watching; when the process has ended already, the call comes at once.</summary>
    /// <returns>A key for <see cref="Remove"/>.</returns>
    /// <exception cref="IOException">The kernel refuses another watch.</exception>
    public long Add(IExitTarget target)
    {
        long key = Interlocked.Increment(ref _lastKey);
        bool added = false;
        SafeFileHandle pidfd = target.PidFd;
        pidfd.DangerousAddRef(ref added);
        _targets[key] = target;
        if (Libc.EPollControl(
            _epoll, Libc.EPOLL_CTL_ADD, (int)pidfd.DangerousGetHandle(), Libc.EPOLLIN | Libc.EPOLLONESHOT, key) != 0)
        {
            int errno = Errno.Last;
            _targets.TryRemove(key, out _);
            pidfd.DangerousRelease();
            throw OsError.ToException(errno, "cannot watch a process for its end");
        }

        return key;
    }

    /// <summary>Stops watching; nothing happens when the end was seen already. A call that has begun is not waited for.</summary>
    public void Remove(long key)
    {
        if (_targets.TryRemove(key, out IExitTarget? target))
        {
            Release(target);
        }
    }

    private void Loop()
    {
        Span<long> keys = stackalloc long[64];
        while (true)
        {
            int count = Libc.EPollWait(_epoll, keys, Timeout.Infinite);
            if (count < 0 && Errno.Last != Errno.EINTR)
            {
                throw OsError.LastToException("cannot wait for the end of processes");
            }

            for (int i = 0; i < count; i++)
            {
                if (_targets.TryRemove(keys[i], out IExitTarget? target))
                {
                    End(target);
                }
            }
        }
    }

    private void End(IExitTarget target)
    {
        try
        {
            target.OnEnded();
        }
        catch (Exception e)
        {
            // One target's fault must not blind the watch for all the others.
            Trace.TraceError($"Cohort: handling the end of a process failed: {e}");
        }
        finally
        {
            Release(target);
        }
    }

    /// <summary>Called by whoever took the target out of the table, and so once.</summary>
    private void Release(IExitTarget target)
    {
        SafeFileHandle pidfd = target.PidFd;
        Libc.EPollControl(_epoll, Libc.EPOLL_CTL_DEL, (int)pidfd.DangerousGetHandle(), 0, 0);
        pidfd.DangerousRelease();
    }
}
