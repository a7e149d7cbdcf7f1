using System.Text;

namespace Cohort.Serializing;

/// <summary>An encoding of the framework by code page, byte order mark and fallbacks.</summary>
internal sealed class EncodingSurrogate : Surrogate<Encoding>
{
    private const byte Other = 0xFF;

    private static Encoding[] Shared =>
    [
        Encoding.UTF8, Encoding.ASCII, Encoding.Latin1, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32,
        Encoding.Default,
    ];

    protected override void Write(PickleWriter writer, Encoding value)
    {
        int index = Array.FindIndex(Shared, x => ReferenceEquals(x, value));
        if (index >= 0)
        {
            writer.WriteByte((byte)index);
            return;
        }

        writer.WriteByte(Other);
        writer.WriteInt32(value.CodePage);
        writer.WriteBoolean(value.Preamble.Length > 0);
        writer.Write(value.EncoderFallback);
        writer.Write(value.DecoderFallback);
    }

    protected override Encoding Read(PickleReader reader, int id)
    {
        byte index = reader.ReadByte();
        if (index != Other)
        {
            return index < Shared.Length ? Shared[index] : throw new PickleException("The message names an encoding that is not known.");
        }

        int codePage = reader.ReadInt32();
        Encoding encoding = (Encoding)Make(codePage, reader.ReadBoolean()).Clone();
        encoding.EncoderFallback = reader.Read<EncoderFallback>();
        encoding.DecoderFallback = reader.Read<DecoderFallback>();
        return encoding;
    }

    private static Encoding Make(int codePage, bool mark) => codePage switch
    {
        65001 => new UTF8Encoding(mark),
        1200 => new UnicodeEncoding(bigEndian: false, mark),
        1201 => new UnicodeEncoding(bigEndian: true, mark),
        12000 => new UTF32Encoding(bigEndian: false, mark),
        12001 => new UTF32Encoding(bigEndian: true, mark),
        _ => CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage),
    };
}
