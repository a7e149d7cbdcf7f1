using System.Numerics;

namespace Cohort.Serializing.Python;

/// <summary>A number without its type: integers that fit are a long, whole numbers beyond it big, all others real.</summary>
internal readonly record struct PythonNumber
{
    private const double TwoTo63 = 9223372036854775808.0;

    private readonly bool _isLong;
    private readonly long _long;
    private readonly BigInteger _big;
    private readonly double _real;

    private PythonNumber(long value)
    {
        _isLong = true;
        _long = value;
    }

    private PythonNumber(BigInteger value) => _big = value;

    private PythonNumber(double value) => _real = value;

    /// <summary>The number that an object is in Python, where a truth value is one too.</summary>
    public static bool TryGet(object? value, out PythonNumber number)
    {
        switch (value)
        {
            case int x: number = new(x); break;
            case long x: number = new(x); break;
            case double x: number = FromDouble(x); break;
            case bool x: number = new(x ? 1L : 0L); break;
            case BigInteger x: number = FromBig(x); break;
            case byte x: number = new((long)x); break;
            case sbyte x: number = new((long)x); break;
            case short x: number = new((long)x); break;
            case ushort x: number = new((long)x); break;
            case uint x: number = new((long)x); break;
            case ulong x: number = x <= long.MaxValue ? new((long)x) : new((BigInteger)x); break;
            case float x: number = FromDouble(x); break;
            default: number = default; return false;
        }

        return true;
    }

    public override int GetHashCode()
    {
        if (_isLong)
        {
            return PythonHash.Of(_long);
        }

        return _big.IsZero
            ? PythonHash.Of(BitConverter.DoubleToInt64Bits(double.IsNaN(_real) ? double.NaN : _real))
            : PythonHash.Of(_big.ToByteArray());
    }

    // Not a number is equal to itself here: keys that cannot be found again help nobody.
    public bool Equals(PythonNumber other) =>
        _isLong == other._isLong && _long == other._long && _real.Equals(other._real) && _big.Equals(other._big);

    private static PythonNumber FromBig(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? new((long)value) : new(value);

    private static PythonNumber FromDouble(double value)
    {
        if (!double.IsInteger(value))
        {
            return new(value);
        }

        return value is >= -TwoTo63 and < TwoTo63 ? new((long)value) : new(new BigInteger(value));
    }
}
