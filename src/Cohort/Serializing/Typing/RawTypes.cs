using System.Collections.Concurrent;
using System.Reflection;

namespace Cohort.Serializing;

/// <summary>Which value types are their memory: no references, no pointers, no pickler anywhere inside.</summary>
internal static class RawTypes
{
    /// <summary>Answers as <see cref="s_yes"/> or <see cref="s_no"/>: tables of references need no code of their own.</summary>
    private static readonly ConcurrentDictionary<Type, object> s_known = new();

    private static readonly object s_yes = new();
    private static readonly object s_no = new();

    /// <summary>Whether a type is its memory whatever else is known of it: no pickler can change that.</summary>
    public static bool IsAlwaysRaw(Type type) =>
        type.IsEnum || (type.IsPrimitive && type != typeof(nint) && type != typeof(nuint));

    public static bool IsRaw(Type type)
    {
        if (type.IsPrimitive || !type.IsValueType || type.ContainsGenericParameters || type.IsByRefLike || type.IsEnum)
        {
            return IsAlwaysRaw(type);
        }

        if (s_known.TryGetValue(type, out object? known))
        {
            return known == s_yes;
        }

        bool raw = HasRawFields(type) && Refusals.Find(type) is null && !Picklers.IsCustom(type);
        if (!type.IsCollectible)
        {
            s_known[type] = raw ? s_yes : s_no;
        }

        return raw;
    }

    private static bool HasRawFields(Type type)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (FieldPlan.StaysBehind(field) || !IsRaw(field.FieldType))
            {
                return false;
            }
        }

        return true;
    }
}
