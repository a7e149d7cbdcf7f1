using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Messaging;

/// <summary>A descriptor that becomes readable when a token is cancelled, for threads that are blocked in <c>poll</c>.</summary>
internal sealed unsafe class CancellationPipe : IDisposable
{
    private readonly SafeFileHandle _read;
    private readonly SafeFileHandle _write;
    private readonly CancellationTokenRegistration _registration;

    private CancellationPipe(int read, int write, CancellationToken cancellationToken)
    {
        _read = new SafeFileHandle(read, ownsHandle: true);
        _write = new SafeFileHandle(write, ownsHandle: true);
        _registration = cancellationToken.UnsafeRegister(static pipe => ((CancellationPipe)pipe!).Announce(), this);
    }

    /// <summary>Good until this is disposed.</summary>
    public int Descriptor => (int)_read.DangerousGetHandle();

    /// <summary>Null when there are no descriptors left.</summary>
    public static CancellationPipe? TryCreate(CancellationToken cancellationToken)
    {
        int* ends = stackalloc int[2];
        return Libc.Pipe2(ends, Libc.O_CLOEXEC) == 0 ? new CancellationPipe(ends[0], ends[1], cancellationToken) : null;
    }

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
