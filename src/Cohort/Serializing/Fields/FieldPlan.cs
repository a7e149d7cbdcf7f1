using System.Reflection;

namespace Cohort.Serializing;

/// <summary>
/// Which fields of a class or struct travel and in which order: the raw ones first, then the others, base classes first
/// and in the order of their declaration. Fields marked <see cref="NonSerializedAttribute"/> stay behind.
/// </summary>
internal sealed class FieldPlan
{
    private const BindingFlags InstanceFields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private FieldPlan(FieldInfo[] raw, FieldInfo[] others, FieldInfo? impossible)
    {
        Raw = raw;
        Others = others;
        Impossible = impossible;
    }

    public FieldInfo[] Raw { get; }

    public FieldInfo[] Others { get; }

    /// <summary>A field that no slot can be made for: a pointer.</summary>
    public FieldInfo? Impossible { get; }

    public bool IsEmpty => Raw.Length + Others.Length == 0;

    /// <summary>The plan for the classes from <paramref name="type"/> up to but without <paramref name="stop"/>.</summary>
    public static FieldPlan For(Type type, Type? stop = null)
    {
        List<FieldInfo> raw = [];
        List<FieldInfo> others = [];
        FieldInfo? impossible = null;
        Collect(type, stop, raw, others, ref impossible);
        return new FieldPlan([.. raw], [.. others], impossible);
    }

    /// <summary>The field that an inline array repeats.</summary>
    public static FieldInfo SingleField(Type type) => type.GetFields(InstanceFields)[0];

    /// <summary>Whether a field is marked as not to travel.</summary>
    public static bool StaysBehind(FieldInfo field)
    {
#pragma warning disable SYSLIB0050 // The mark is older than the formatters and says exactly what we ask.
        return field.IsNotSerialized || IsCachedLambda(field);
#pragma warning restore SYSLIB0050
    }

    /// <summary>
    /// Whether the compiler keeps a delegate here to a lambda of this very closure, as it does for lambdas in loops. It is
    /// made again when it is missing, and would lead from the delegate to its closure and back.
    /// </summary>
    private static bool IsCachedLambda(FieldInfo field) =>
        field.Name.StartsWith("<>9__", StringComparison.Ordinal)
        && typeof(Delegate).IsAssignableFrom(field.FieldType)
        && field.DeclaringType!.Name.StartsWith("<>c__DisplayClass", StringComparison.Ordinal);

    private static void Collect(Type? type, Type? stop, List<FieldInfo> raw, List<FieldInfo> others, ref FieldInfo? impossible)
    {
        if (type is null || type == stop || type == typeof(object))
        {
            return;
        }

        Collect(type.BaseType, stop, raw, others, ref impossible);
        FieldInfo[] fields = type.GetFields(InstanceFields);
        Array.Sort(fields, static (a, b) => a.MetadataToken.CompareTo(b.MetadataToken));
        foreach (FieldInfo field in fields)
        {
            if (StaysBehind(field))
            {
                continue;
            }

            Type fieldType = field.FieldType;
            if (fieldType.IsPointer || fieldType.IsFunctionPointer || fieldType.IsByRef || fieldType.IsByRefLike)
            {
                impossible ??= field;
            }
            else
            {
                (RawTypes.IsRaw(fieldType) ? raw : others).Add(field);
            }
        }
    }
}
