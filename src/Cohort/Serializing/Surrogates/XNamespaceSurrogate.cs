using System.Xml.Linq;

namespace Cohort.Serializing;

/// <summary>An XML namespace, of which each process has one.</summary>
internal sealed class XNamespaceSurrogate : Surrogate<XNamespace>
{
    protected override void Write(PickleWriter writer, XNamespace value) => writer.WriteString(value.NamespaceName);

    protected override XNamespace Read(PickleReader reader, int id) => XNamespace.Get(reader.ReadString() ?? "");
}
