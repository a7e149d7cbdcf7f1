using System.Diagnostics;
using System.Globalization;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Holds a child before it runs its program, so that limits can be set that belong to a process and to no thread.</summary>
/// <remarks>
/// Overview. posix_spawn can do nothing about resource limits, and to set them on this process for a moment would hit all its
/// threads. prlimit sets them on another process, but right after the start would be too late: the program may have run. So
/// one of the child's actions before its program is to open, for reading, a FIFO that nobody has open for writing, which blocks. The thread that
/// starts it is held in posix_spawn for that time; a second thread finds the child among the children of the first
/// (/proc/thread-self/children), sets the limits, and opens the FIFO for writing, which lets the child go on. No other
/// program stands between, and errors of the start come back as they do without limits. (A pipe opened through /proc would not
/// do: the kernel never waits for the other side of one. The FIFO has a name for the moment until it is open as a path.)
/// What it costs: when this process is killed by SIGKILL within that fraction of a millisecond, the child waits for ever.
/// </remarks>
internal sealed unsafe class LaunchGate : IDisposable
{
    private const uint OwnerMode = 0x180;

    /// <summary>How long to try to let a child go; then it is killed.</summary>
    private static readonly TimeSpan s_longestTry = TimeSpan.FromSeconds(1);

    private readonly SafeFileHandle _fifo;

    /// <summary>The children of the thread that starts one. Opened before, since no descriptor may be left later.</summary>
    private readonly SafeFileHandle _children;

    /// <summary>Holds a descriptor for <see cref="_writer"/>.</summary>
    private readonly SafeFileHandle _reserve;

    private SafeFileHandle? _writer;

    /// <summary>On the thread that will start the child.</summary>
    /// <exception cref="IOException">No descriptor is left, or the directory for temporary files takes no FIFO.</exception>
    public LaunchGate(int firstAboveTargets)
    {
        string path = Path.Combine(Path.GetTempPath(), $".cohort-gate-{Guid.NewGuid():N}");
        if (Libc.MkFifo(path, OwnerMode) != 0)
        {
            throw OsError.LastToException($"cannot make the FIFO '{path}', at which a process waits for its limits");
        }

        using SafeFileHandle opened = Libc.Open(path, Libc.O_PATH | Libc.O_CLOEXEC);
        int errno = opened.IsInvalid ? Errno.Last : 0;
        Libc.Unlink(path);
        if (errno != 0)
        {
            throw OsError.ToException(errno, $"cannot open the FIFO '{path}', at which a process waits for its limits");
        }

        // Out of the way of what the child gets, since it waits when it has that.
        _fifo = new SafeFileHandle(Libc.Fcntl(opened, Libc.F_DUPFD_CLOEXEC, firstAboveTargets), ownsHandle: true);
        int fifoErrno = _fifo.IsInvalid ? Errno.Last : 0;
        _reserve = new SafeFileHandle(fifoErrno == 0 ? Libc.Fcntl(opened, Libc.F_DUPFD_CLOEXEC, firstAboveTargets) : -1, ownsHandle: true);
        int reserveErrno = _reserve.IsInvalid && fifoErrno == 0 ? Errno.Last : fifoErrno;
        _children = Libc.Open("/proc/thread-self/children", Libc.O_RDONLY | Libc.O_CLOEXEC);
        int childrenErrno = _children.IsInvalid && reserveErrno == 0 ? Errno.Last : reserveErrno;
        if (childrenErrno == 0)
        {
            return;
        }

        Dispose();
        throw OsError.ToException(childrenErrno, childrenErrno == Errno.ENOENT
            ? "cannot set the limits of a process: the kernel does not tell the children of a thread (CONFIG_PROC_CHILDREN)"
            : "cannot hold a process for its limits");
    }

    /// <summary>Whether the child was found at the gate.</summary>
    public bool HasServed { get; private set; }

    private string FifoPath => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{(int)_fifo.DangerousGetHandle()}");

    /// <summary>The child waits here: behind what gives it its descriptors, before what closes all others.</summary>
    /// <param name="number">One that is free by then.</param>
    public void AddActions(SpawnFileActions* actions, int number)
    {
        int errno = Libc.SpawnActionsAddOpen(actions, number, FifoPath, Libc.O_RDONLY, 0);
        errno = errno == 0 ? Libc.SpawnActionsAddClose(actions, number) : errno;
        if (errno != 0)
        {
            throw OsError.ToException(errno, "cannot prepare the start of a limited process");
        }
    }

    /// <summary>On another thread: waits for the child, sets its limits and lets it go; returns when there is none any more.</summary>
    /// <param name="limits">Soft and hard, by the number of the resource.</param>
    /// <param name="isStarted">Whether posix_spawn has returned.</param>
    /// <returns>What went wrong; the child is killed then.</returns>
    public IOException? Serve(IReadOnlyDictionary<int, (ulong Soft, ulong Hard)> limits, Func<bool> isStarted)
    {
        SpinWait spin = default;
        while (!isStarted())
        {
            if (FirstChild() is int child)
            {
                HasServed = true;
                IOException? fault = SetLimits(child, limits);
                if (fault is not null)
                {
                    Libc.Kill(child, Signal.SIGKILL);
                }

                return LetGo(child) ?? fault;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        return null;
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _reserve.Dispose();
        _children.Dispose();
        _fifo.Dispose();
    }

    private static IOException? SetLimits(int child, IReadOnlyDictionary<int, (ulong Soft, ulong Hard)> limits)
    {
        try
        {
            foreach ((int resource, (ulong Soft, ulong Hard) values) in limits)
            {
                ProcessLimits.SetResource(child, resource, values);
            }

            return null;
        }
        catch (IOException refused)
        {
            return refused;
        }
    }

    private int? FirstChild()
    {
        Span<byte> text = stackalloc byte[32];
        int count = RandomAccess.Read(_children, text, 0);
        int end = text[..count].IndexOf((byte)' ');
        return end > 0 ? int.Parse(text[..end], CultureInfo.InvariantCulture) : null;
    }

    private IOException? LetGo(int child)
    {
        // Another thread may take the descriptor that is freed for this before it is taken, which passes.
        _reserve.Dispose();
        long start = Stopwatch.GetTimestamp();
        SpinWait spin = default;
        do
        {
            // For both: that neither waits nor fails when the child is not there yet or no more.
            _writer = Libc.Open(FifoPath, Libc.O_RDWR | Libc.O_CLOEXEC);
            if (!_writer.IsInvalid)
            {
                return null;
            }

            spin.SpinOnce();
        }
        while (Stopwatch.GetElapsedTime(start) < s_longestTry);

        IOException fault = OsError.LastToException("cannot let a limited process go on");
        Libc.Kill(child, Signal.SIGKILL);
        return fault;
    }
}
