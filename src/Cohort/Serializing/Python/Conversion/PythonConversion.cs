using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;

namespace Cohort.Serializing.Python.Conversion;

/// <summary>One conversion of a message. Remembers the containers and the bytes of texts that it has made, so that shared ones are made once.</summary>
internal sealed class PythonConversion(bool isPython2)
{
    private readonly Dictionary<(object Source, Type Target), object> _made = new(SourceComparer.Instance);

    public bool IsPython2 { get; } = isPython2;

    /// <exception cref="PythonMismatchException">It is not of that type.</exception>
    public object? Convert(object? value, Type type)
    {
        Type? underlying = Nullable.GetUnderlyingType(type);
        if (value is null)
        {
            return !type.IsValueType || underlying is not null ? null : throw Mismatch(value, type);
        }

        type = underlying ?? type;
        if (type.IsInstanceOfType(value))
        {
            return value;
        }

        PythonConverter converter = PythonConverter.For(type);
        if (!converter.Copies(value))
        {
            return converter.Convert(this, value, type);
        }

        if (!_made.TryGetValue((value, type), out object? made))
        {
            made = converter.Convert(this, value, type);
            _made.Add((value, type), made);
        }

        return made;
    }

    public static PythonMismatchException Mismatch(object? value, Type type) =>
        new($"{Describe(value)} came where a {TypeDisplay.Of(type)} was to be received.");

    public static string Describe(object? value) => value switch
    {
        null or PythonNone => "None",
        bool => "a bool",
        int or long => string.Create(CultureInfo.InvariantCulture, $"the int {value}"),

        // All digits of a long one would take long to find out.
        BigInteger big => big.GetByteCount() <= 16
            ? string.Create(CultureInfo.InvariantCulture, $"the int {big}")
            : string.Create(CultureInfo.InvariantCulture, $"an int of {big.GetBitLength()} bits"),
        double number => string.Create(CultureInfo.InvariantCulture, $"the float {number}"),
        string => "a str",
        byte[] => "bytes",
        List<object?> => "a list",
        PythonTuple tuple => $"a tuple of {tuple.Count}",
        Dictionary<object, object?> => "a dict",
        HashSet<object?> => "a set",
        FrozenSet<object?> => "a frozenset",
        _ => TypeDisplay.Of(value.GetType()),
    };

    private sealed class SourceComparer : IEqualityComparer<(object Source, Type Target)>
    {
        public static SourceComparer Instance { get; } = new();

        public bool Equals((object Source, Type Target) x, (object Source, Type Target) y) =>
            ReferenceEquals(x.Source, y.Source) && x.Target == y.Target;

        public int GetHashCode((object Source, Type Target) pair) =>
            HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(pair.Source), pair.Target);
    }
}
