using System.Xml;

namespace Cohort.Serializing;

/// <summary>An XML document as text.</summary>
internal sealed class XmlDocumentSurrogate : Surrogate<XmlDocument>
{
    protected override void Write(PickleWriter writer, XmlDocument value)
    {
        writer.WriteBoolean(value.PreserveWhitespace);
        writer.WriteString(value.OuterXml);
    }

    protected override XmlDocument Read(PickleReader reader, int id)
    {
        XmlDocument document = new() { PreserveWhitespace = reader.ReadBoolean(), XmlResolver = null };
        string text = reader.ReadString() ?? "";
        if (text.Length > 0)
        {
            document.LoadXml(text);
        }

        return document;
    }
}
