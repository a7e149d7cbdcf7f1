using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>A pipe for what another process prints. Reading never blocks.</summary>
internal sealed unsafe class OutputPipe : IDisposable
{
    /// <exception cref="IOException">No descriptors are left.</exception>
    public OutputPipe()
    {
        int* ends = stackalloc int[2];
        if (Libc.Pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            throw OsError.LastToException("cannot make a pipe");
        }

        ReadEnd = new SafeFileHandle(ends[0], ownsHandle: true);
        WriteEnd = new SafeFileHandle(ends[1], ownsHandle: true);
    }

    public SafeFileHandle ReadEnd { get; }

    /// <summary>For the other process; to be closed here when it has that.</summary>
    public SafeFileHandle WriteEnd { get; }

    /// <summary>Reads what is there.</summary>
    /// <returns>False when there is nothing yet; true with 0 bytes at the end, which is when nobody can write any more.</returns>
    public bool TryRead(Span<byte> buffer, out int count)
    {
        count = 0;
        if (!Descriptors.IsReadable(ReadEnd))
        {
            return false;
        }

        // The only reader: what was there is still there.
        fixed (byte* start = buffer)
        {
            nint read;
            do
            {
                read = Libc.Read(ReadEnd, start, (nuint)buffer.Length);
            }
            while (read < 0 && Errno.Last == Errno.EINTR);

            count = read >= 0 ? (int)read : throw OsError.LastToException("cannot read what a worker printed");
            return true;
        }
    }

    /// <summary>Blocks until one of them has something to read, or the end.</summary>
    /// <exception cref="IOException">One is no open descriptor.</exception>
    public static void WaitAny(ReadOnlySpan<SafeFileHandle> handles)
    {
        PollFd[] polls = new PollFd[handles.Length];
        for (int i = 0; i < polls.Length; i++)
        {
            polls[i] = new PollFd { fd = (int)handles[i].DangerousGetHandle(), events = Libc.POLLIN };
        }

        fixed (PollFd* first = polls)
        {
            while (Libc.Poll(first, (nuint)polls.Length, Timeout.Infinite) < 0)
            {
                if (Errno.Last is not (Errno.EINTR or Errno.EAGAIN))
                {
                    throw OsError.LastToException("cannot wait for what workers print");
                }
            }
        }
    }

    public void Dispose()
    {
        ReadEnd.Dispose();
        WriteEnd.Dispose();
    }
}
