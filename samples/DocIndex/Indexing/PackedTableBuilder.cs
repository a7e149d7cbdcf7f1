using System.Buffers;
using System.Text;

namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>Collects the rows of a <see cref="PackedTable"/>; reusable after <see cref="Build"/>.</summary>
internal sealed class PackedTableBuilder
{
    private readonly ArrayBufferWriter<byte> _bytes = new(4096);
    private readonly List<int> _ends = [];

    public int Count => _ends.Count;

    public void AddRow(ReadOnlySpan<char> text)
    {
        Encoding.UTF8.GetBytes(text, _bytes);
        EndRow();
    }

    /// <summary>Adds a number to the row that <see cref="EndRow"/> will close: 7 bits a byte, the lowest first.</summary>
    public void AddNumber(int value)
    {
        Span<byte> span = _bytes.GetSpan(5);
        int length = 0;
        uint rest = (uint)value;
        while (rest >= 0x80)
        {
            span[length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        span[length++] = (byte)rest;
        _bytes.Advance(length);
    }

    public void EndRow() => _ends.Add(_bytes.WrittenCount);

    public PackedTable Build()
    {
        PackedTable table = new(_bytes.WrittenSpan.ToArray(), [.. _ends]);
        Clear();
        return table;
    }

    public void Clear()
    {
        _bytes.ResetWrittenCount();
        _ends.Clear();
    }
}
