using System.Collections;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

internal static class HashtableFields
{
    /// <summary>The comparer, which only derived classes may see.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_keycomparer")]
    public static extern ref IEqualityComparer? Comparer(Hashtable table);
}
