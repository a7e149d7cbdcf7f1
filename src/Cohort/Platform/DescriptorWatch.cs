using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>One thread that sleeps for many descriptors: an epoll set, of which each tells once.</summary>
/// <remarks>
/// Each is looked up by a key of its own and not by its descriptor's number, which can come again as soon as the descriptor
/// is closed.
/// </remarks>
internal sealed class DescriptorWatch
{
    private readonly SafeFileHandle _epoll;
    private readonly ConcurrentDictionary<long, IDescriptorTarget> _targets = new();
    private long _lastKey;

    private DescriptorWatch(string name)
    {
        _epoll = Libc.EPollCreate();
        if (_epoll.IsInvalid)
        {
            throw OsError.LastToException("cannot make an epoll descriptor to watch others");
        }

        try
        {
            Threads.Start(new Thread(Loop) { IsBackground = true, Name = name });
        }
        catch
        {
            // A thread needs descriptors too, and memory.
            _epoll.Dispose();
            throw;
        }
    }

    /// <summary>The instance, made when it is first asked for; a failure to make it is not final.</summary>
    public static DescriptorWatch Ensure(ref DescriptorWatch? instance, Lock gate, string name)
    {
        if (Volatile.Read(ref instance) is { } made)
        {
            return made;
        }

        lock (gate)
        {
            return instance ??= new DescriptorWatch(name);
        }
    }

    /// <summary>Starts watching; when it is ready already, the call comes at once.</summary>
    /// <returns>A key for <see cref="Remove"/>.</returns>
    /// <exception cref="IOException">The kernel refuses another watch, or a descriptor that cannot be waited for.</exception>
    public long Add(IDescriptorTarget target)
    {
        long key = Interlocked.Increment(ref _lastKey);
        bool added = false;
        SafeHandle descriptor = target.Descriptor;
        descriptor.DangerousAddRef(ref added);
        _targets[key] = target;
        uint events = Libc.EPOLLONESHOT | (target.WantsData ? Libc.EPOLLIN : 0) | (target.WantsRoom ? Libc.EPOLLOUT : 0);
        if (Libc.EPollControl(_epoll, Libc.EPOLL_CTL_ADD, (int)descriptor.DangerousGetHandle(), events, key) != 0)
        {
            int errno = Errno.Last;
            if (_targets.TryRemove(key, out _))
            {
                descriptor.DangerousRelease();
            }

            throw OsError.ToException(errno, "cannot watch a descriptor");
        }

        return key;
    }

    /// <summary>Stops watching; nothing happens when it was ready already. A call that has begun is not waited for.</summary>
    /// <returns>Whether it is certain that no call comes any more.</returns>
    public bool Remove(long key)
    {
        if (!_targets.TryRemove(key, out IDescriptorTarget? target))
        {
            return false;
        }

        Forget(target);
        target.Descriptor.DangerousRelease();
        return true;
    }

    private void Loop()
    {
        Span<long> keys = stackalloc long[64];
        while (true)
        {
            int count = Libc.EPollWait(_epoll, keys, Timeout.Infinite);
            if (count < 0 && Errno.Last != Errno.EINTR)
            {
                throw OsError.LastToException("cannot wait for descriptors");
            }

            for (int i = 0; i < count; i++)
            {
                if (_targets.TryRemove(keys[i], out IDescriptorTarget? target))
                {
                    Tell(target);
                }
            }
        }
    }

    private void Tell(IDescriptorTarget target)
    {
        try
        {
            // Before the call: whom it wakes may want to watch the same descriptor again.
            Forget(target);
            target.OnReady();
        }
        catch (Exception e)
        {
            // One target's fault must not blind the watch for all the others.
            Trace.TraceError($"Cohort: handling the news of a descriptor failed: {e}");
        }
        finally
        {
            target.Descriptor.DangerousRelease();
        }
    }

    /// <summary>Called by whoever took the target out of the table, and so once.</summary>
    private void Forget(IDescriptorTarget target) =>
        Libc.EPollControl(_epoll, Libc.EPOLL_CTL_DEL, (int)target.Descriptor.DangerousGetHandle(), 0, 0);
}
