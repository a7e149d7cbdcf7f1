namespace Cohort.Sharing;

/// <summary>Where this process puts the cells of small objects. See the overview of <see cref="SharedCell"/>.</summary>
internal static unsafe class SharedSlab
{
    /// <summary>Larger payloads have a region to themselves.</summary>
    public const int MaxPayload = 4096;

    private const int Size = 64 * 1024;

    /// <summary>How many released cells are looked at for one that everybody has let go of.</summary>
    private const int MaxLooks = 4;

    private static readonly Lock s_gate = new();

    /// <summary>Cells that this process has let go of, by their size; others may still use them.</summary>
    private static readonly Dictionary<int, Queue<(nint Header, SharedRegion Region)>> s_released = [];

    private static SharedRegion? s_current;
    private static nuint s_used;

    /// <summary>Room for a cell, counted as one of its region; null when the payload is too large for a slab.</summary>
    /// <exception cref="IOException">There is no memory, or no descriptor is left.</exception>
    public static byte* TryAllocate(long length, out SharedRegion? region)
    {
        region = null;
        if (length > MaxPayload)
        {
            return null;
        }

        int size = SizeOf(length);
        lock (s_gate)
        {
            byte* header = TryReuse(size, out region);
            if (header is null)
            {
                EnsureRoom(size);
                header = s_current!.Start + s_used;
                s_used += (nuint)size;
                region = s_current;
            }

            SharedRegions.Retain(region!);
            return header;
        }
    }

    public static void NoteReleased(byte* header, long length, SharedRegion region)
    {
        lock (s_gate)
        {
            // A slab that is full is not held by the allocator any more: what is noted here would outlive it.
            if (region == s_current)
            {
                int size = SizeOf(length);
                if (!s_released.TryGetValue(size, out Queue<(nint, SharedRegion)>? cells))
                {
                    s_released[size] = cells = new Queue<(nint, SharedRegion)>();
                }

                cells.Enqueue(((nint)header, region));
            }
        }
    }

    private static int SizeOf(long length) =>
        SharedCell.HeaderSize + (int)((length + SharedCell.HeaderSize - 1) & -SharedCell.HeaderSize);

    private static byte* TryReuse(int size, out SharedRegion? region)
    {
        region = null;
        if (!s_released.TryGetValue(size, out Queue<(nint Header, SharedRegion Region)>? cells))
        {
            return null;
        }

        for (int i = Math.Min(cells.Count, MaxLooks); i > 0; i--)
        {
            (nint header, SharedRegion candidate) = cells.Dequeue();
            if (SharedCell.IsFree((byte*)header))
            {
                region = candidate;
                return (byte*)header;
            }

            cells.Enqueue((header, candidate));
        }

        return null;
    }

    private static void EnsureRoom(int size)
    {
        if (s_current is not null && s_used + (nuint)size <= s_current.Size)
        {
            return;
        }

        SharedRegion next = SharedRegion.Create("cohort-slab", Size);

        // The allocator's own hold on the slab, so that it stays while it is the current one.
        SharedRegions.Add(next);
        SharedRegion? full = s_current;
        s_current = next;
        s_used = SharedRegion.HeaderSize;
        s_released.Clear();
        if (full is not null)
        {
            SharedRegions.Release(full);
        }
    }
}
