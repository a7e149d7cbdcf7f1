using System.Data;

namespace Cohort.Serializing;

/// <summary>A data table as XML: its schema, and its rows with their states and original values.</summary>
internal sealed class DataTableSurrogate : Surrogate<DataTable>
{
    /// <summary>XML needs a name.</summary>
    private const string NoName = "__unnamed";

    protected override void Write(PickleWriter writer, DataTable value)
    {
        bool named = value.TableName.Length > 0;
        DataTable table = named ? value : value.Copy();
        if (!named)
        {
            table.TableName = NoName;
        }

        writer.WriteString(DataXml.From(table.WriteXmlSchema));
        writer.WriteString(DataXml.From(xml => table.WriteXml(xml, XmlWriteMode.DiffGram)));
    }

    protected override DataTable Read(PickleReader reader, int id)
    {
        DataTable table = new();
        DataXml.Into(reader.ReadString(), xml => table.ReadXmlSchema(xml));
        DataXml.Into(reader.ReadString(), xml => table.ReadXml(xml));
        if (table.TableName == NoName)
        {
            table.TableName = "";
        }

        return table;
    }
}
