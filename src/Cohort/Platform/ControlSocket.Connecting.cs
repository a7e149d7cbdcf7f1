using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

internal sealed unsafe partial class ControlSocket
{
    /// <summary>Connects to the <see cref="ControlListener"/> of a name.</summary>
    /// <returns>Null when nobody listens there.</returns>
    /// <exception cref="IOException">No descriptor is left, or the system refuses.</exception>
    public static ControlSocket? TryConnect(string name)
    {
        OperatingSystems.EnsureSupported();
        SafeFileHandle handle = NewSocket();
        SockAddrUn address;
        uint length = UnixAddress.Fill(&address, name);
        while (Libc.Connect(handle, &address, length) != 0)
        {
            int errno = Errno.Last;
            if (errno == Errno.EINTR)
            {
                continue;
            }

            handle.Dispose();
            return errno is Errno.ECONNREFUSED or Errno.ENOENT
                ? null
                : throw OsError.ToException(errno, $"cannot connect to the socket '{name}'");
        }

        return new ControlSocket(handle);
    }

    /// <summary>A socket that is neither bound nor connected.</summary>
    internal static SafeFileHandle NewSocket()
    {
        SafeFileHandle handle = new(Libc.Socket(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0), ownsHandle: true);
        return handle.IsInvalid ? throw OsError.LastToException("cannot make a socket") : handle;
    }

    internal static ControlSocket Accepted(SafeFileHandle handle) => new(handle);
}
