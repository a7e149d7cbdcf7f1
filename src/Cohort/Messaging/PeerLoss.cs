using System.Net.Sockets;
using Cohort.Interop;

namespace Cohort.Messaging;

/// <summary>Tells the faults that say that nobody is at the other end any more from those that say that something is wrong.</summary>
internal static class PeerLoss
{
    public static bool IsIn(Exception? fault) => fault switch
    {
        null => false,
        SocketException socket => socket.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted
            or SocketError.Shutdown or SocketError.TimedOut or SocketError.HostUnreachable or SocketError.HostDown
            or SocketError.NetworkUnreachable or SocketError.NetworkReset or SocketError.NotConnected,
        IOException { InnerException: null } own => own.HResult is Errno.ECONNRESET or Errno.ECONNABORTED or Errno.EPIPE
            or Errno.ETIMEDOUT or Errno.EHOSTUNREACH or Errno.EHOSTDOWN or Errno.ENETUNREACH or Errno.ENETRESET or Errno.ENOTCONN,
        _ => IsIn(fault.InnerException),
    };
}
