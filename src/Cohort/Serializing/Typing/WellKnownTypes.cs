namespace Cohort.Serializing;

/// <summary>Types that every message may name with one byte. The order is part of the format.</summary>
internal static class WellKnownTypes
{
    /// <summary>Lead values from here on are numbers of types that the message has already.</summary>
    public const uint FirstInterned = 48;

    private static readonly Type[] s_types =
    [
        typeof(object), typeof(string), typeof(bool), typeof(byte), typeof(sbyte), typeof(char), typeof(short),
        typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong), typeof(float), typeof(double),
        typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(Guid), typeof(Type),
        typeof(Singletons), typeof(object[]), typeof(string[]), typeof(byte[]), typeof(int[]), typeof(long[]),
        typeof(double[]), typeof(List<string>), typeof(List<int>), typeof(List<object>), typeof(List<>),
        typeof(Dictionary<,>), typeof(Dictionary<string, object>), typeof(KeyValuePair<,>), typeof(Nullable<>),
        typeof(Func<>), typeof(Func<,>), typeof(Func<,,>), typeof(Action), typeof(Action<>),
    ];

    /// <summary>The code of a type or -1.</summary>
    public static int CodeOf(Type type)
    {
        Type[] types = s_types;
        for (int i = 0; i < types.Length; i++)
        {
            if (ReferenceEquals(types[i], type))
            {
                return i;
            }
        }

        return -1;
    }

    public static Type Get(int code) => (uint)code < (uint)s_types.Length
        ? s_types[code]
        : throw new PickleException("The message names a type by a code that is not known.");
}
