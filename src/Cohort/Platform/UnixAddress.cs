using System.Text;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Names of Unix sockets that stand in no folder, and go with their socket.</summary>
internal static unsafe class UnixAddress
{
    /// <summary>Fills in the address of a name; gives its length.</summary>
    public static uint Fill(SockAddrUn* address, string name)
    {
        *address = new SockAddrUn { sun_family = Libc.AF_UNIX };

        // A zero byte comes first, which tells it from a path.
        int length = Encoding.ASCII.GetBytes(name, new Span<byte>(address->sun_path + 1, 107));
        return (uint)(sizeof(ushort) + 1 + length);
    }
}
