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
//   - Large arguments and messages come again and again, each garbage once it is dealt with. The collector gives the free
//     end of a region back to the system after each full collection, which a few large arrays are enough to bring about, so
//     nearly each of them would meet fresh pages. Free space between live objects stays. So a small object (the bookmark) is
//     kept alive behind a gap that holds the largest array so far, or some smaller ones, and the arrays that follow are laid
//     there. What a process keeps by that is bounded by MostKept, and given up while the machine is short of memory.
//
// Neither depends on more than speed: wherever the collector places arrays, they are good arrays.

/// <summary>Arrays so large that their memory is new to the process: what it costs to touch it first is worth a word.</summary>
internal static class LargeArrays
{
    /// <summary>The most memory that a worker keeps for large arrays to come.</summary>
    internal const long MostKeptByWorkers = 64L << 20;

    /// <summary>More than what is allocated between two collections as long as the large arrays die young.</summary>
    internal const long LeastKept = 8L << 20;

    /// <summary>From here on the runtime lays arrays among the large ones.</summary>
    private const int LeastLarge = 85_000;

    private const int BookmarkLength = 100_000;
    private const int HugePage = 2 << 20;
    private const int LeastHuge = 2 * HugePage;
    private const long LookInterval = 1_000;

    private static readonly Lock s_gate = new();
    private static byte[]? s_bookmark;
    private static long s_kept;
    private static long s_lastLook;

    /// <summary>The most memory that this process keeps for large arrays to come.</summary>
    public static long MostKept { get; set; } = LeastKept;

    /// <summary>How long the gap before the bookmark is.</summary>
    internal static long Kept => Volatile.Read(ref s_kept);

    /// <summary>An array whose content is arbitrary.</summary>
    public static T[] Allocate<T>(int length)
    {
        long size = (long)length * Unsafe.SizeOf<T>();
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>() || size < LeastLarge)
        {
            return GC.AllocateUninitializedArray<T>(length);
        }

        if (size <= MostKept)
        {
            KeepFor(size);
        }

        T[] array = GC.AllocateUninitializedArray<T>(length);
        if (size >= LeastHuge)
        {
            AskForHugePages(array, size);
        }

        return array;
    }

    /// <summary>Large arrays are not moved, and advice for the wrong place would do no harm.</summary>
    private static unsafe void AskForHugePages<T>(T[] array, long size)
    {
        nuint start = (nuint)Unsafe.AsPointer(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetArrayDataReference(array)));
        nuint from = (start + HugePage - 1) & ~(nuint)(HugePage - 1);
        nuint to = (start + (nuint)size) & ~(nuint)(HugePage - 1);
        Libc.MAdvise((void*)from, to - from, Libc.MADV_HUGEPAGE);
    }

    private static void KeepFor(long size)
    {
        long now = Environment.TickCount64;
        if (size <= Kept && now - Volatile.Read(ref s_lastLook) < LookInterval)
        {
            return;
        }

        lock (s_gate)
        {
            s_lastLook = now;
            GCMemoryInfo memory = GC.GetGCMemoryInfo(GCKind.Any);
            if (memory.MemoryLoadBytes > memory.HighMemoryLoadThresholdBytes)
            {
                s_bookmark = null;
                Volatile.Write(ref s_kept, 0);
            }
            else if (size > s_kept)
            {
                Keep(Math.Max(size + BookmarkLength, LeastKept));
            }
        }
    }

    /// <summary>The gap is an array that nobody touches, so that it costs no memory until others are laid there.</summary>
    private static unsafe void Keep(long size)
    {
        byte[] gap = GC.AllocateUninitializedArray<byte>((int)size);
        byte[] bookmark = GC.AllocateUninitializedArray<byte>(BookmarkLength);
        nuint end = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(gap)) + (nuint)size;
        nuint place = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(bookmark));
        if (place > end && place - end < BookmarkLength)
        {
            s_bookmark = bookmark;
            Volatile.Write(ref s_kept, size);
        }
    }
}
