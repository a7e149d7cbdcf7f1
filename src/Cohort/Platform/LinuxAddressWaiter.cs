using System.Runtime.Versioning;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Futexes without the PRIVATE flag, so that the kernel finds sleepers by page and not by process.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class LinuxAddressWaiter : AddressWaiter
{
    /// <summary>How often the other targets are looked at when the kernel cannot wait for several.</summary>
    private const int FallbackSliceMilliseconds = 1;

    /// <summary>Cleared for good by the first refusal: ENOSYS (Linux before 5.16), or EPERM by a seccomp filter that does not know the call.</summary>
    private bool _hasWaitV;

    public LinuxAddressWaiter(bool mayUseWaitV = true)
    {
        _hasWaitV = mayUseWaitV;
    }

    public override bool Wait(ref int address, int expected, int timeoutMilliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        Timespec timeout = Timespec.FromMilliseconds(Math.Max(timeoutMilliseconds, 0));
        fixed (int* pointer = &address)
        {
            if (Libc.FutexWait(pointer, expected, timeoutMilliseconds < 0 ? null : &timeout) == 0)
            {
                return true;
            }
        }

        return Errno.Last switch
        {
            Errno.EAGAIN or Errno.EINTR => true,
            Errno.ETIMEDOUT => false,
            int errno => throw OsError.ToException(errno, "futex wait"),
        };
    }

    public override int Wake(ref int address, int count)
    {
        fixed (int* pointer = &address)
        {
            int woken = Libc.FutexWake(pointer, count);
            return woken >= 0 ? woken : throw OsError.LastToException("futex wake");
        }
    }

    public override int WaitAny(ReadOnlySpan<WaitTarget> targets, int timeoutMilliseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeoutMilliseconds, -1);
        ArgumentOutOfRangeException.ThrowIfZero(targets.Length, nameof(targets));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targets.Length, MaxTargets, nameof(targets));
        FutexWaitV* waiters = stackalloc FutexWaitV[targets.Length];
        for (int i = 0; i < targets.Length; i++)
        {
            waiters[i] = new FutexWaitV
            {
                uaddr = (ulong)targets[i].Address,
                val = (uint)targets[i].Expected,
                flags = Libc.FUTEX_32,
            };
        }

        Timespec deadline = DeadlineIn(timeoutMilliseconds);
        while (_hasWaitV)
        {
            int index = Libc.FutexWaitAny(
                waiters, targets.Length, timeoutMilliseconds < 0 ? null : &deadline, Libc.CLOCK_MONOTONIC);
            if (index >= 0)
            {
                return index;
            }

            int errno = Errno.Last;
            if (errno is Errno.ENOSYS or Errno.EPERM)
            {
                _hasWaitV = false;
                break;
            }

            int changed = IndexOfChanged(targets);
            if (changed >= 0)
            {
                return changed;
            }

            // EAGAIN: a word differed when the kernel looked and has its old value again by now. The deadline is a point
            // in time, so that going round again does not lengthen the wait.
            if (errno == Errno.ETIMEDOUT)
            {
                return -1;
            }

            if (errno is not (Errno.EAGAIN or Errno.EINTR))
            {
                throw OsError.ToException(errno, "futex_waitv");
            }
        }

        return WaitAnyBySlices(targets, timeoutMilliseconds < 0 ? null : &deadline);
    }

    private int WaitAnyBySlices(ReadOnlySpan<WaitTarget> targets, Timespec* deadline)
    {
        while (true)
        {
            int changed = IndexOfChanged(targets);
            if (changed >= 0)
            {
                return changed;
            }

            int slice = targets.Length == 1 && deadline == null ? -1 : FallbackSliceMilliseconds;
            if (deadline != null)
            {
                long left = NanosecondsUntil(deadline);
                if (left <= 0)
                {
                    return -1;
                }

                long leftMilliseconds = (left + 999_999) / 1_000_000;
                slice = (int)Math.Min(leftMilliseconds, targets.Length == 1 ? int.MaxValue : FallbackSliceMilliseconds);
            }

            if (Wait(ref *targets[0].Address, targets[0].Expected, slice))
            {
                return IndexOfChanged(targets) is int index and >= 0 ? index : 0;
            }
        }
    }

    private static int IndexOfChanged(ReadOnlySpan<WaitTarget> targets)
    {
        for (int i = 0; i < targets.Length; i++)
        {
            if (targets[i].HasChanged)
            {
                return i;
            }
        }

        return -1;
    }

    private static Timespec DeadlineIn(int milliseconds)
    {
        Timespec time;
        if (Libc.ClockGetTime(Libc.CLOCK_MONOTONIC, &time) != 0)
        {
            throw OsError.LastToException("clock_gettime");
        }

        Timespec span = Timespec.FromMilliseconds(Math.Max(milliseconds, 0));
        time.tv_sec += span.tv_sec;
        time.tv_nsec += span.tv_nsec;
        if (time.tv_nsec >= 1_000_000_000)
        {
            time.tv_sec++;
            time.tv_nsec -= 1_000_000_000;
        }

        return time;
    }

    private static long NanosecondsUntil(Timespec* deadline)
    {
        Timespec now = DeadlineIn(0);
        return ((deadline->tv_sec - now.tv_sec) * 1_000_000_000) + (deadline->tv_nsec - now.tv_nsec);
    }
}
