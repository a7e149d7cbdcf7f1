using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>What can be done to a part of a shared mapping.</summary>
internal static unsafe class SharedMappings
{
    /// <summary>
    /// Gives the memory of all whole pages within a range back to the system, for every process that maps the file: they are
    /// zero from then on. Does nothing where the system cannot.
    /// </summary>
    public static void GiveBack(byte* start, nuint length)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nuint from = ((nuint)start + page - 1) & ~(page - 1);
        nuint to = ((nuint)start + length) & ~(page - 1);
        if (to > from)
        {
            _ = Libc.MAdvise((void*)from, to - from, Libc.MADV_REMOVE);
        }
    }
}
