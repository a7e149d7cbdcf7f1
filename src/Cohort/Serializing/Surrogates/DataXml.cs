using System.Text;
using System.Xml;

namespace Cohort.Serializing;

/// <summary>XML text without a limit on its characters, which keeps the ends of lines as they are, and without document types.</summary>
internal static class DataXml
{
    public static string From(Action<XmlWriter> write)
    {
        StringBuilder text = new();
        XmlWriterSettings settings = new() { CheckCharacters = false, NewLineHandling = NewLineHandling.Entitize };
        using (XmlWriter xml = XmlWriter.Create(text, settings))
        {
            write(xml);
        }

        return text.ToString();
    }

    public static void Into(string? text, Action<XmlReader> read)
    {
        XmlReaderSettings settings = new() { CheckCharacters = false, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        using XmlReader xml = XmlReader.Create(new StringReader(text ?? ""), settings);
        read(xml);
    }
}
