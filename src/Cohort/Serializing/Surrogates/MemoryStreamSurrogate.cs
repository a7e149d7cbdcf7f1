using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>The one stream that is only data: its bytes and its position.</summary>
internal sealed class MemoryStreamSurrogate : Surrogate<MemoryStream>
{
    protected override void Write(PickleWriter writer, MemoryStream value)
    {
        if (!value.CanRead)
        {
            throw writer.Refuse("MemoryStream that is closed cannot cross processes");
        }

        writer.Write(value.ToArray());
        writer.WriteInt64(value.Position);
        writer.WriteBoolean(value.CanWrite);
        writer.WriteBoolean(Expandable(value));
    }

    protected override MemoryStream Read(PickleReader reader, int id)
    {
        byte[] bytes = reader.Read<byte[]>() ?? throw new PickleException("The message has a stream without bytes.");
        long position = reader.ReadInt64();
        bool writable = reader.ReadBoolean();
        MemoryStream stream;
        if (reader.ReadBoolean())
        {
            stream = new MemoryStream(bytes.Length);
            stream.Write(bytes);
        }
        else
        {
            stream = new MemoryStream(bytes, writable);
        }

        stream.Position = position;
        return stream;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_expandable")]
    private static extern ref bool Expandable(MemoryStream stream);
}
