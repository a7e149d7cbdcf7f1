using System.Globalization;

namespace Cohort.Serializing;

/// <summary>A culture's writing system by the name of the culture.</summary>
internal sealed class TextInfoSurrogate : Surrogate<TextInfo>
{
    protected override void Write(PickleWriter writer, TextInfo value) => writer.WriteString(value.CultureName);

    protected override TextInfo Read(PickleReader reader, int id) =>
        CultureInfo.GetCultureInfo(reader.ReadString() ?? "").TextInfo;
}
