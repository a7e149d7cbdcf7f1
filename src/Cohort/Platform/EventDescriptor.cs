using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>A descriptor that is readable while it is set (eventfd).</summary>
internal sealed unsafe class EventDescriptor : IDisposable
{
    /// <exception cref="IOException">No descriptor is left.</exception>
    public EventDescriptor()
    {
        Handle = new SafeFileHandle(Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK), ownsHandle: true);
        if (Handle.IsInvalid)
        {
            throw OsError.LastToException("cannot make an event descriptor");
        }
    }

    public SafeFileHandle Handle { get; }

    public void Set()
    {
        ulong one = 1;
        if (Libc.Write(Handle, &one, sizeof(ulong)) != sizeof(ulong) && Errno.Last != Errno.EAGAIN)
        {
            throw OsError.LastToException("cannot set an event descriptor");
        }
    }

    public void Reset()
    {
        ulong count;
        if (Libc.Read(Handle, &count, sizeof(ulong)) != sizeof(ulong) && Errno.Last != Errno.EAGAIN)
        {
            throw OsError.LastToException("cannot reset an event descriptor");
        }
    }

    public void Dispose() => Handle.Dispose();
}
