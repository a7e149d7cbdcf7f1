using System.Net.Sockets;

namespace Cohort.Messaging;

/// <summary>Turns what a socket says into errors that name what was tried and what to do.</summary>
internal static class SocketFaults
{
    public static IOException Describe(SocketException fault, string what) => new($"{what}: {TextOf(fault)}.", fault);

    private static string TextOf(SocketException fault) => fault.SocketErrorCode switch
    {
        // The exception does not know which of the two it was.
        SocketError.TooManyOpenSockets =>
            "no descriptor is left. This process holds as many as its limit allows (RLIMIT_NOFILE, `ulimit -n`), or the whole machine does (fs.file-max)",
        SocketError.AddressAlreadyInUse => fault.Message
            + ". Somebody listens there; or, if it is a path, a process that was killed has left the file, which can be deleted then",
        SocketError.ConnectionRefused => fault.Message + ". Nobody listens there",
        _ => fault.Message,
    };
}
