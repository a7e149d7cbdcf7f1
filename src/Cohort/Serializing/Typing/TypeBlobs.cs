using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>
/// Types as self-contained runs of bytes: written once a message, kept ready for writing, and looked up as they are when
/// read, so that no name is parsed twice.
/// </summary>
internal static class TypeBlobs
{
    /// <summary>A message from elsewhere could otherwise fill the table with types that nobody uses.</summary>
    private const int MaxCached = 20_000;

    private static readonly ConcurrentDictionary<Type, byte[]> s_blobs = new();
    private static readonly ConditionalWeakTable<Type, byte[]> s_collectible = [];

    private static readonly ConcurrentDictionary<byte[], Type> s_types = new(BytesComparer.Instance);
    private static readonly ConcurrentDictionary<byte[], Type>.AlternateLookup<ReadOnlySpan<byte>> s_lookup =
        s_types.GetAlternateLookup<ReadOnlySpan<byte>>();

    public static byte[] For(Type type)
    {
        if (s_blobs.TryGetValue(type, out byte[]? blob))
        {
            return blob;
        }

        return type.IsCollectible ? s_collectible.GetValue(type, Make) : s_blobs.GetOrAdd(type, Make);
    }

    public static Type Resolve(ReadOnlySpan<byte> blob)
    {
        if (s_lookup.TryGetValue(blob, out Type? type))
        {
            return type;
        }

        type = Parse(blob);
        if (!type.IsCollectible && s_types.Count < MaxCached)
        {
            s_types[blob.ToArray()] = type;
        }

        return type;
    }

    private static byte[] Make(Type type)
    {
        PickleWriter writer = new();
        new TypeBlobWriter(writer).Write(type);
        return writer.ToArray();
    }

    private static unsafe Type Parse(ReadOnlySpan<byte> blob)
    {
        fixed (byte* data = blob)
        {
            PickleReader reader = new();
            reader.Reset(data, blob.Length);
            Type type = new TypeBlobReader(reader).Read();
            reader.EnsureAtEnd();
            return type;
        }
    }
}
