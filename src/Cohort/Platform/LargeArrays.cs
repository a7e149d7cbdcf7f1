using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cohort.Interop;

namespace Cohort.Platform;

// Overview
//
// The first touch of fresh memory is dear: the kernel takes a fault and zeroes each page, which can cost more than what is
// then done with an array. Two things are done about that:
//
//   - Fresh memory of a large array is asked for in huge pages, for one fault every 2 MiB instead of every 4 KiB.
//   - A worker gets large arguments again and again, each garbage once its task is done. The collector gives the free end
//     of a region back to the system after each full collection, so each of them would meet fresh pages. Free space between
//     live objects stays. So a worker keeps a small object (the bookmark) alive right behind the largest array so far, and
//     the arrays that follow are laid where that one was. What a worker keeps by that is bounded by MaxKept, and given
//     up while the machine is short of memory.
//
// Neither depends on more than speed: wherever the collector places arrays, they are good arrays.

/// <summary>Arrays so large that their memory is new to the process: what it costs to touch it first is worth a word.</summary>
internal static class LargeArrays
{
    private const int HugePage = 2 << 20;
    private const int Threshold = 2 * HugePage;

    /// <summary>The most memory of a garbage array that is kept for the next.</summary>
    internal const long MaxKept = 64L << 20;

    /// <summary>Large enough to lie among the large arrays.</summary>
    private const int BookmarkLength = 100_000;

    private static readonly Lock s_gate = new();
    private static byte[]? s_bookmark;

    /// <summary>Whether this process keeps the memory of large arrays for the next ones. A worker does.</summary>
    public static bool KeepsMemory { get; set; }

    /// <summary>How large an array fits before the bookmark.</summary>
    internal static long Kept { get; private set; }

    /// <summary>An array whose content is arbitrary.</summary>
    public static unsafe T[] Allocate<T>(int length)
    {
        T[] array = GC.AllocateUninitializedArray<T>(length);
        long size = (long)length * Unsafe.SizeOf<T>();
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>() && size >= Threshold)
        {
            // Large arrays are not moved, and advice for the wrong place would do no harm.
            nuint start = (nuint)Unsafe.AsPointer(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(array)));
            nuint from = (start + HugePage - 1) & ~(nuint)(HugePage - 1);
            nuint to = (start + (nuint)size) & ~(nuint)(HugePage - 1);
            if (KeepsMemory && size <= MaxKept)
            {
                KeepFor(start, size);
            }

            Libc.MAdvise((void*)from, to - from, Libc.MADV_HUGEPAGE);
        }

        return array;
    }

    private static void KeepFor(nuint start, long size)
    {
        lock (s_gate)
        {
            GCMemoryInfo memory = GC.GetGCMemoryInfo(GCKind.Any);
            if (memory.MemoryLoadBytes > memory.HighMemoryLoadThresholdBytes)
            {
                s_bookmark = null;
                Kept = 0;
            }
            else if (size > Kept)
            {
                PutBookmark(start, size);
            }
        }
    }

    /// <summary>The array is alive, so the next large object is put behind it unless there is an older gap that fits.</summary>
    private static unsafe void PutBookmark(nuint start, long size)
    {
        byte[] bookmark = GC.AllocateUninitializedArray<byte>(BookmarkLength);
        nuint place = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(bookmark));
        nuint end = start + (nuint)size;
        if (place > end && place - end < BookmarkLength)
        {
            s_bookmark = bookmark;
            Kept = size;
        }
    }
}
