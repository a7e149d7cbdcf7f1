using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>Finds the body of a type that is known only at run time.</summary>
internal static class Bodies
{
    private static readonly ConcurrentDictionary<Type, Body> s_bodies = new();

    /// <summary>Types of collectible assemblies, which must not be kept alive.</summary>
    private static readonly ConditionalWeakTable<Type, Body> s_collectible = [];

    public static Body For(Type type) => s_bodies.TryGetValue(type, out Body? body) ? body : Find(type);

    private static Body Find(Type type)
    {
        if (type.IsCollectible)
        {
            return s_collectible.GetValue(type, Make);
        }

        return s_bodies.GetOrAdd(type, Make);
    }

    private static Body Make(Type type)
    {
        if (type.ContainsGenericParameters || type.IsPointer || type.IsFunctionPointer || type.IsByRef || type.IsByRefLike || type == typeof(void))
        {
            throw new PickleException($"There are no objects of type {TypeDisplay.Of(type)}.");
        }

        return (Body)Generic.Field(typeof(Body<>), nameof(Body<int>.Instance), type);
    }
}
