using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const int EPOLL_CTL_MOD = 3;
    public const uint EPOLLIN = 0x001;
    public const uint EPOLLOUT = 0x004;
    public const uint EPOLLONESHOT = 1u << 30;

    /// <summary>Close-on-exec; the handle is invalid when the call failed.</summary>
    public static SafeFileHandle EPollCreate() => new(EPollCreate1(EPOLL_CLOEXEC), ownsHandle: true);

    public static int EPollControl(SafeHandle epoll, int operation, int fd, uint events, long data)
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
        {
            EPollEventArm64 arm = new() { events = events, data = data };
            return EPollCtl(epoll, operation, fd, &arm);
        }

        EPollEventX64 x64 = new() { events = events, data = data };
        return EPollCtl(epoll, operation, fd, &x64);
    }

    /// <summary>Waits for events and leaves their <c>data</c>; returns how many, or -1.</summary>
    public static int EPollWait(SafeHandle epoll, Span<long> data, int timeoutMilliseconds)
    {
        bool isArm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        byte* events = stackalloc byte[data.Length * sizeof(EPollEventArm64)];
        int count = EPollWait(epoll, events, data.Length, timeoutMilliseconds);
        for (int i = 0; i < count; i++)
        {
            data[i] = isArm64 ? ((EPollEventArm64*)events)[i].data : ((EPollEventX64*)events)[i].data;
        }

        return count;
    }

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EPollCreate1(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EPollCtl(SafeHandle epoll, int operation, int fd, void* @event);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EPollWait(SafeHandle epoll, void* events, int maxEvents, int timeout);
}
