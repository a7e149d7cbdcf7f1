using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Messaging;

/// <summary>A descriptor that becomes readable when a token is cancelled, for threads that are blocked in <c>poll</c>.</summary>
internal sealed unsafe class CancellationPipe : IDisposable
{
    private readonly SafeFileHandle _read;
    private readonly SafeFileHandle _write;
    private readonly CancellationTokenRegistration _registration;

    /// <exception cref="IOException">There are no descriptors left.</exception>
    public CancellationPipe(CancellationToken cancellationToken)
    {
        int* ends = stackalloc int[2];
        if (Libc.Pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            throw OsError.LastToException("cannot make the pipe that a cancellation is noticed by");
        }

        _read = new SafeFileHandle(ends[0], ownsHandle: true);
        _write = new SafeFileHandle(ends[1], ownsHandle: true);
        _registration = cancellationToken.UnsafeRegister(static pipe => ((CancellationPipe)pipe!).Announce(), this);
    }

    /// <summary>Good until this is disposed.</summary>
    public int Descriptor => (int)_read.DangerousGetHandle();

    public void Dispose()
    {
        // Waits for a callback that is running, which needs the pipe.
        _registration.Dispose();
        _read.Dispose();
        _write.Dispose();
    }

    private void Announce()
    {
        byte any = 0;
        Libc.Write(_write, &any, 1);
    }
}
