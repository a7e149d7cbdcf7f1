using System.Data;

namespace Cohort.Serializing;

/// <summary>A data set as XML: its schema, and its rows with their states and original values.</summary>
internal sealed class DataSetSurrogate : Surrogate<DataSet>
{
    protected override void Write(PickleWriter writer, DataSet value)
    {
        writer.WriteString(DataXml.From(value.WriteXmlSchema));
        writer.WriteString(DataXml.From(xml => value.WriteXml(xml, XmlWriteMode.DiffGram)));
    }

    protected override DataSet Read(PickleReader reader, int id)
    {
        DataSet set = new();
        DataXml.Into(reader.ReadString(), set.ReadXmlSchema);
        DataXml.Into(reader.ReadString(), xml => set.ReadXml(xml, XmlReadMode.DiffGram));
        return set;
    }
}
