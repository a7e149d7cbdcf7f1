using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Takes connections of <see cref="ControlSocket"/>s by a name in no folder.</summary>
internal sealed unsafe class ControlListener : IDisposable
{
    private const int Backlog = 128;

    private readonly SafeFileHandle _handle;

    /// <exception cref="IOException">No descriptor is left, or the name is in use.</exception>
    public ControlListener(string name)
    {
        OperatingSystems.EnsureSupported();
        _handle = ControlSocket.NewSocket();
        SockAddrUn address;
        uint length = UnixAddress.Fill(&address, name);
        if (Libc.Bind(_handle, &address, length) != 0 || Libc.Listen(_handle, Backlog) != 0)
        {
            int errno = Errno.Last;
            _handle.Dispose();
            throw OsError.ToException(errno, $"cannot listen at the socket '{name}'");
        }
    }

    /// <summary>Blocks for a connection.</summary>
    /// <returns>Null when no descriptor is left for it; it waits to be accepted.</returns>
    /// <exception cref="IOException">The system refuses for another reason.</exception>
    public ControlSocket? Accept()
    {
        while (true)
        {
            int accepted = Libc.Accept(_handle, null, null, Libc.SOCK_CLOEXEC);
            if (accepted >= 0)
            {
                return ControlSocket.Accepted(new SafeFileHandle(accepted, ownsHandle: true));
            }

            switch (Errno.Last)
            {
                case Errno.EINTR or Errno.ECONNABORTED:
                    break;
                case Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS:
                    return null;
                default:
                    throw OsError.LastToException("cannot accept a connection");
            }
        }
    }

    public void Dispose() => _handle.Dispose();
}
