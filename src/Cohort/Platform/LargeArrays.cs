using System.Runtime.CompilerServices;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Arrays so large that their memory is new to the process: what it costs to touch it first is worth a word.</summary>
internal static class LargeArrays
{
    private const int HugePage = 2 << 20;
    private const int Threshold = 2 * HugePage;

    /// <summary>
    /// An array whose content is arbitrary. Where it is large and its memory fresh, the kernel is asked for huge pages: a
    /// fault for every 2 MiB then, not for every 4 KiB, which took most of the time of receiving such an array.
    /// </summary>
    public static unsafe T[] Allocate<T>(int length)
    {
        T[] array = GC.AllocateUninitializedArray<T>(length);
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>() && (long)length * Unsafe.SizeOf<T>() >= Threshold)
        {
            // Large arrays are not moved, and advice for the wrong place would do no harm.
            nuint start = (nuint)Unsafe.AsPointer(ref Unsafe.As<T, byte>(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(array)));
            nuint from = (start + HugePage - 1) & ~(nuint)(HugePage - 1);
            nuint to = (start + ((nuint)length * (nuint)Unsafe.SizeOf<T>())) & ~(nuint)(HugePage - 1);
            Libc.MAdvise((void*)from, to - from, Libc.MADV_HUGEPAGE);
        }

        return array;
    }
}
