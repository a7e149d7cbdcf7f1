using System.Numerics;
using System.Text;

namespace Cohort.Serializing.Python.Conversion;

/// <summary>Numbers, characters, bytes and the tuple of nothing; no other type can be made of what is Python's.</summary>
internal sealed class ScalarConverter : PythonConverter
{
    public static ScalarConverter Instance { get; } = new();

    public override bool Copies(object value) => value is string;

    public override object Convert(PythonConversion conversion, object value, Type type)
    {
        if (type == typeof(byte[]) || type == typeof(Memory<byte>) || type == typeof(ReadOnlyMemory<byte>))
        {
            byte[] bytes = value as byte[]
                ?? (conversion.IsPython2 && value is string ascii && Ascii.IsValid(ascii) ? Encoding.ASCII.GetBytes(ascii) : null)
                ?? throw PythonConversion.Mismatch(value, type);
            return type == typeof(byte[]) ? bytes : type == typeof(Memory<byte>) ? (object)bytes.AsMemory() : new ReadOnlyMemory<byte>(bytes);
        }

        return value switch
        {
            string { Length: 1 } text when type == typeof(char) => text[0],
            int number => FromInteger(number, type),
            long number => FromInteger(number, type),
            BigInteger number => FromInteger(number, type),
            double number when type == typeof(float) => (float)number,
            double number when type == typeof(Half) => (Half)number,
            PythonTuple { Count: 0 } when type == typeof(ValueTuple) => ValueTuple.Create(),
            _ => throw PythonConversion.Mismatch(value, type),
        };
    }

    private static object FromInteger(BigInteger number, Type type)
    {
        try
        {
            return type.IsEnum ? Enum.ToObject(type, ToPrimitive(number, Enum.GetUnderlyingType(type))!) : ToPrimitive(number, type);
        }
        catch (OverflowException)
        {
            throw new PythonMismatchException($"{PythonConversion.Describe(number)} does not fit into a {TypeDisplay.Of(type)}.");
        }
    }

    private static object ToPrimitive(BigInteger number, Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte => (sbyte)number,
        TypeCode.Byte => (byte)number,
        TypeCode.Int16 => (short)number,
        TypeCode.UInt16 => (ushort)number,
        TypeCode.Int32 => (int)number,
        TypeCode.UInt32 => (uint)number,
        TypeCode.Int64 => (long)number,
        TypeCode.UInt64 => (ulong)number,
        TypeCode.Single => Finite((float)number),
        TypeCode.Double => Finite((double)number),
        _ when type == typeof(BigInteger) => number,
        _ when type == typeof(Int128) => (Int128)number,
        _ when type == typeof(UInt128) => (UInt128)number,
        _ when type == typeof(Half) => (Half)Finite((double)(Half)number),
        _ => throw PythonConversion.Mismatch(number, type),
    };

    // As in Python, an integer beyond all floats is not infinite.
    private static T Finite<T>(T number)
        where T : IFloatingPoint<T> =>
        T.IsInfinity(number) ? throw new OverflowException() : number;
}
