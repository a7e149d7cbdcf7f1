using System.Xml.Linq;

namespace Cohort.Serializing;

/// <summary>An XML name, of which each process has one.</summary>
internal sealed class XNameSurrogate : Surrogate<XName>
{
    protected override void Write(PickleWriter writer, XName value)
    {
        writer.WriteString(value.NamespaceName);
        writer.WriteString(value.LocalName);
    }

    protected override XName Read(PickleReader reader, int id)
    {
        string space = reader.ReadString() ?? "";
        return XName.Get(reader.ReadString() ?? "", space);
    }
}
