namespace Cohort.Serializing;

/// <summary>Hash tables with keys of which it is not known yet whether they are complete.</summary>
internal static class Trust
{
    /// <summary>
    /// Fills the table with keys that may be incomplete, as far as they let it: one that is may throw. What is amiss is
    /// put right by <see cref="PickleReader.AddFixup"/>, and a fault that stays is thrown there.
    /// </summary>
    public static void Fill(Action fill)
    {
        try
        {
            fill();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
        }
    }

    /// <summary>
    /// What a fixup does: fills the table again if it does not find all its items, which have the hashes of complete keys
    /// now. Returns whether that helped; it does not for keys that do not equal themselves.
    /// </summary>
    public static bool Refill(Func<bool> hasAll, Action refill)
    {
        if (hasAll())
        {
            return false;
        }

        refill();
        return hasAll();
    }
}
