using System.Net;
using System.Net.Sockets;

namespace Cohort.Serializing;

/// <summary>An IP address by its bytes; some of the framework's are of an internal type.</summary>
internal sealed class AddressSurrogate : Surrogate<IPAddress>
{
    protected override void Write(PickleWriter writer, IPAddress value)
    {
        writer.WriteBytes(value.GetAddressBytes());
        writer.WriteInt64(value.AddressFamily == AddressFamily.InterNetworkV6 ? value.ScopeId : 0);
    }

    protected override IPAddress Read(PickleReader reader, int id)
    {
        byte[] bytes = reader.ReadBytes();
        long scope = reader.ReadInt64();
        return scope == 0 ? new IPAddress(bytes) : new IPAddress(bytes, scope);
    }
}
