using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing.Python;

/// <summary>The kinds of types, beside those that the writer knows at once.</summary>
internal static class PythonKinds
{
    private static readonly ConcurrentDictionary<Type, PythonKind> s_kinds = new();

    /// <summary>Types of collectible assemblies are not remembered, as that would keep them alive.</summary>
    public static PythonKind Of(Type type) => type.IsCollectible ? Find(type) : s_kinds.GetOrAdd(type, Find);

    /// <summary>Why a type is of no kind.</summary>
    public static string Refusal(Type type)
    {
        string name = TypeDisplay.Of(type);
        if (type == typeof(decimal))
        {
            return $"{name} has no form in Python's basic types; convert it to double, which rounds it, or to a string.";
        }

        if (type.IsArray)
        {
            return $"{name} has more than one dimension, and a list of Python does not; send an array of arrays.";
        }

        return Refusals.Find(type) is { } reason
            ? $"{name} {reason}."
            : $"{name} cannot be sent to Python: only basic types are (null, bool, integers, floats, strings, bytes, lists, tuples, dictionaries, sets). "
            + "Send its parts as those.";
    }

    // An enumeration has the code of its numbers.
    private static PythonKind Find(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64 => PythonKind.Integer,
        TypeCode.UInt64 => PythonKind.UnsignedInteger,
        TypeCode.Single or TypeCode.Double => PythonKind.Float,
        TypeCode.Char => PythonKind.Character,
        TypeCode.Object => FindObject(type),
        _ => PythonKind.None,
    };

    private static PythonKind FindObject(Type type)
    {
        if (type == typeof(BigInteger) || type == typeof(Int128) || type == typeof(UInt128))
        {
            return PythonKind.BigInteger;
        }

        if (type == typeof(Half))
        {
            return PythonKind.Float;
        }

        if (type == typeof(byte[]))
        {
            return PythonKind.Bytes;
        }

        if (type == typeof(Memory<byte>) || type == typeof(ReadOnlyMemory<byte>))
        {
            return PythonKind.Memory;
        }

        if (type.IsArray)
        {
            return type.IsSZArray ? PythonKind.List : PythonKind.None;
        }

        return FindContainer(type);
    }

    private static PythonKind FindContainer(Type type)
    {
        if (type == typeof(PythonTuple) || IsTupleOfFramework(type))
        {
            return PythonKind.Tuple;
        }

        if (type.IsAssignableTo(typeof(IDictionary)))
        {
            return PythonKind.Dict;
        }

        if (type.GetInterfaces().Any(static x => Is(x, typeof(ISet<>)) || Is(x, typeof(IReadOnlySet<>))))
        {
            return IsFrozen(type) ? PythonKind.FrozenSet : PythonKind.Set;
        }

        return type.IsAssignableTo(typeof(IList)) ? PythonKind.List : PythonKind.None;
    }

    // Those of anybody else could be made to contain themselves, without end.
    private static bool IsTupleOfFramework(Type type) =>
        type.IsAssignableTo(typeof(ITuple)) && type.Assembly == typeof(ValueTuple).Assembly;

    private static bool IsFrozen(Type type)
    {
        for (Type? current = type; current is not null; current = current.BaseType)
        {
            if (Is(current, typeof(FrozenSet<>)) || Is(current, typeof(ImmutableHashSet<>)) || Is(current, typeof(ImmutableSortedSet<>)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Is(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;
}
