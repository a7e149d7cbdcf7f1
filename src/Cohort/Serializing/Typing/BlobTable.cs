namespace Cohort.Serializing;

/// <summary>
/// Types by the bytes that name them. Reads take no lock: an entry is published when it is complete, and a larger table
/// is another one.
/// </summary>
internal sealed class BlobTable
{
    /// <summary>A message from elsewhere could otherwise fill the table with types that nobody uses.</summary>
    private const int MaxCount = 20_000;

    private readonly Lock _gate = new();
    private Entry?[] _buckets = new Entry?[64];
    private int _count;

    public Type? Find(ReadOnlySpan<byte> blob)
    {
        Entry?[] buckets = Volatile.Read(ref _buckets);
        uint hash = Hash(blob);
        for (Entry? entry = Volatile.Read(ref buckets[hash & (uint)(buckets.Length - 1)]); entry is not null; entry = entry.Next)
        {
            if (entry.Hash == hash && blob.SequenceEqual(entry.Blob))
            {
                return entry.Type;
            }
        }

        return null;
    }

    public void Add(ReadOnlySpan<byte> blob, Type type)
    {
        lock (_gate)
        {
            if (_count >= MaxCount || Find(blob) is not null)
            {
                return;
            }

            if (++_count > _buckets.Length)
            {
                Volatile.Write(ref _buckets, Grown());
            }

            Insert(_buckets, Hash(blob), blob.ToArray(), type);
        }
    }

    private static void Insert(Entry?[] buckets, uint hash, byte[] blob, Type type)
    {
        ref Entry? bucket = ref buckets[hash & (uint)(buckets.Length - 1)];
        Volatile.Write(ref bucket, new Entry(hash, blob, type, bucket));
    }

    /// <summary>FNV-1a; the blobs are around a hundred bytes.</summary>
    private static uint Hash(ReadOnlySpan<byte> blob)
    {
        uint hash = 2166136261;
        foreach (byte value in blob)
        {
            hash = (hash ^ value) * 16777619;
        }

        return hash;
    }

    private Entry?[] Grown()
    {
        Entry?[] larger = new Entry?[_buckets.Length * 4];
        foreach (Entry? bucket in _buckets)
        {
            for (Entry? entry = bucket; entry is not null; entry = entry.Next)
            {
                Insert(larger, entry.Hash, entry.Blob, entry.Type);
            }
        }

        return larger;
    }

    private sealed class Entry(uint hash, byte[] blob, Type type, Entry? next)
    {
        public uint Hash => hash;

        public byte[] Blob => blob;

        public Type Type => type;

        public Entry? Next => next;
    }
}
