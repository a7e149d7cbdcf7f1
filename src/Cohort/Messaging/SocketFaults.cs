using System.Net.Sockets;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>Turns what a socket says into errors that name what was tried and what to do.</summary>
internal static class SocketFaults
{
    public static IOException Describe(SocketException fault, string what) => new($"{what}: {fault.Message}{AdviceFor(fault)}.", fault);

    private static string AdviceFor(SocketException fault) => fault.SocketErrorCode switch
    {
        SocketError.TooManyOpenSockets => OsError.AdviceFor(fault.NativeErrorCode),
        SocketError.AddressAlreadyInUse =>
            ". Somebody listens there; or, if it is a path, a process that was killed has left the file, which can be deleted then",
        SocketError.ConnectionRefused => ". Nobody listens there",
        _ => "",
    };
}
