using System.Runtime.InteropServices;

namespace Cohort.Serializing.Python;

/// <summary>
/// Hashes of numbers and bytes. The framework's own can be foreseen, so that a message could have a hundred thousand keys
/// with the same one, and take hours to read. Those of text cannot: they depend on a secret of the process.
/// </summary>
internal static class PythonHash
{
    public static int Of(long value) => Of(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));

    public static int Of(ReadOnlySpan<byte> bytes)
    {
        int hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes));
        return bytes.Length % 2 == 0 ? hash : HashCode.Combine(hash, bytes[^1]);
    }
}
