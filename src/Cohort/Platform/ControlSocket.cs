using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>
/// One end of a connected Unix socket that keeps message borders (SEQPACKET) and carries descriptors. Sending and
/// receiving may go on at the same time from any threads; each message is whole.
/// </summary>
internal sealed unsafe partial class ControlSocket : IDisposable
{
    /// <summary>Most descriptors that one message carries.</summary>
    public const int MaxHandles = 64;

    private ControlSocket(SafeFileHandle handle)
    {
        Handle = handle;
    }

    /// <summary>Close-on-exec.</summary>
    public SafeFileHandle Handle { get; }

    /// <exception cref="IOException">No descriptors are left.</exception>
    public static (ControlSocket Ours, ControlSocket Theirs) CreatePair()
    {
        OperatingSystems.EnsureSupported();
        int* descriptors = stackalloc int[2];
        if (Libc.SocketPair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, descriptors) != 0)
        {
            throw OsError.LastToException("cannot make a socket pair");
        }

        return (new ControlSocket(new SafeFileHandle(descriptors[0], ownsHandle: true)),
            new ControlSocket(new SafeFileHandle(descriptors[1], ownsHandle: true)));
    }

    /// <summary>Takes over an inherited or received end, and makes it close-on-exec.</summary>
    /// <param name="handle">Owned by the result; stays the caller's when this throws.</param>
    /// <exception cref="InvalidDataException">It is not a Unix SEQPACKET socket.</exception>
    public static ControlSocket FromDescriptor(SafeFileHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        OperatingSystems.EnsureSupported();
        if (OptionOf(handle, Libc.SO_DOMAIN) != Libc.AF_UNIX || OptionOf(handle, Libc.SO_TYPE) != Libc.SOCK_SEQPACKET)
        {
            throw new InvalidDataException("The descriptor is not a Unix socket of type SEQPACKET.");
        }

        Descriptors.CloseOnExec(handle);
        return new ControlSocket(handle);
    }

    /// <summary>The process that made the pair or connected, as the kernel recorded it then.</summary>
    public PeerCredentials GetPeerCredentials()
    {
        UCred credentials;
        uint length = (uint)sizeof(UCred);
        return Libc.GetSockOpt(Handle, Libc.SOL_SOCKET, Libc.SO_PEERCRED, &credentials, &length) == 0
            ? new PeerCredentials(credentials.pid, credentials.uid, credentials.gid)
            : throw OsError.LastToException("cannot ask for the peer of the control socket");
    }

    /// <summary>
    /// Ends the connection for every process that holds either end, and wakes whoever receives from it. Dispose alone
    /// does not: it leaves a blocked receiver where it is.
    /// </summary>
    public void Shutdown()
    {
        if (Libc.Shutdown(Handle, Libc.SHUT_RDWR) != 0 && Errno.Last != Errno.ENOTCONN)
        {
            throw OsError.LastToException("cannot shut the control socket down");
        }
    }

    public void Dispose() => Handle.Dispose();

    private static int OptionOf(SafeFileHandle handle, int option)
    {
        int value;
        uint length = sizeof(int);
        if (Libc.GetSockOpt(handle, Libc.SOL_SOCKET, option, &value, &length) == 0)
        {
            return value;
        }

        throw Errno.Last == Errno.EBADF
            ? OsError.LastToException("cannot open the control socket")
            : new InvalidDataException($"The descriptor is not a socket: {Errno.Describe(Errno.Last)}.");
    }
}
