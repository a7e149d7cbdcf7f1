using System.Numerics;

namespace Cohort.Serializing;

/// <summary>A big integer as its bytes in two's complement.</summary>
internal sealed class BigIntegerBody : Body<BigInteger>
{
    public override void Write(PickleWriter writer, ref BigInteger value)
    {
        int length = value.GetByteCount();
        writer.WriteVar((uint)length);
        value.TryWriteBytes(writer.ReserveSpan(length), out _);
    }

    public override BigInteger Read(PickleReader reader, int id) => new(reader.ReadBytesInPlace());
}
