using System.Globalization;

namespace Cohort.Serializing;

/// <summary>A culture's comparison by the name of the culture.</summary>
internal sealed class CompareInfoSurrogate : Surrogate<CompareInfo>
{
    protected override void Write(PickleWriter writer, CompareInfo value) => writer.WriteString(value.Name);

    protected override CompareInfo Read(PickleReader reader, int id) =>
        CultureInfo.GetCultureInfo(reader.ReadString() ?? "").CompareInfo;
}
