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
    private static readonly BlobTable s_types = new();

    public static byte[] For(Type type) => Written.For(type);

    public static Type Resolve(ReadOnlySpan<byte> blob)
    {
        if (s_types.Find(blob) is { } known)
        {
            return known;
        }

        Type type = Parse(blob);
        if (!type.IsCollectible)
        {
            s_types.Add(blob, type);
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

    /// <summary>Apart, as a new worker reads before it writes, and has not the time to load what this needs.</summary>
    private static class Written
    {
        private static readonly ConcurrentDictionary<Type, byte[]> s_blobs = new();
        private static readonly ConditionalWeakTable<Type, byte[]> s_collectible = [];

        public static byte[] For(Type type)
        {
            if (s_blobs.TryGetValue(type, out byte[]? blob))
            {
                return blob;
            }

            return type.IsCollectible ? s_collectible.GetValue(type, Make) : s_blobs.GetOrAdd(type, Make);
        }
    }
}
