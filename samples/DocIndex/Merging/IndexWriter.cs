using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cohort.Samples.DocIndex.Indexing;
using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Merging;

/// <summary>
/// Writes an index in its one canonical form: two indexes with the same content are the same bytes, whichever worker
/// indexed which file and in which order the parts came.
/// </summary>
internal sealed class IndexWriter(Stream output)
{
    private static ReadOnlySpan<byte> Magic => "DocIndex 1\n"u8;

    public static string Digest(WordIndex index)
    {
        using SHA256 sha = SHA256.Create();
        using (CryptoStream hashing = new(Stream.Null, sha, CryptoStreamMode.Write))
        using (BufferedStream buffered = new(hashing, 1 << 16))
        {
            new IndexWriter(buffered).Write(index);
        }

        return Convert.ToHexStringLower(sha.Hash!);
    }

    public void Write(WordIndex index)
    {
        output.Write(Magic);
        WriteNumber(index.Parts.Count);
        foreach (IndexedPiece part in index.Parts)
        {
            WritePart(part.Piece, part.Part);
        }

        WriteNumber(index.Terms.Length);
        foreach (string term in index.Terms)
        {
            WriteBytes(Encoding.UTF8.GetBytes(term));
            ReadOnlySpan<TermSegment> segments = index.SegmentsOf(term);
            WriteNumber(segments.Length);
            foreach (TermSegment segment in segments)
            {
                FilePart part = index.Parts[segment.Part].Part;
                WriteNumber(segment.Part);
                WriteNumber(part.TermCounts[segment.Row]);
                WriteBytes(part.Postings[segment.Row]);
            }
        }
    }

    private void WritePart(Piece piece, FilePart part)
    {
        WriteBytes(Encoding.UTF8.GetBytes(piece.File.RelativePath));
        WriteNumber(piece.IsFirst ? 1 : 0);
        WriteNumber(part.Problem is null ? 1 : 0);
        WriteTable(part.Members);
        WriteTable(part.Types);
        WriteNumbers(part.MemberTypes);
        WriteNumbers(part.MemberLengths);
    }

    private void WriteTable(PackedTable table)
    {
        WriteNumbers(table.Ends);
        WriteBytes(table.Bytes);
    }

    private void WriteNumbers(ReadOnlySpan<int> values)
    {
        WriteNumber(values.Length);
        if (BitConverter.IsLittleEndian)
        {
            output.Write(MemoryMarshal.AsBytes(values));
            return;
        }

        foreach (int value in values)
        {
            WriteNumber(value);
        }
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteNumber(bytes.Length);
        output.Write(bytes);
    }

    private void WriteNumber(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        output.Write(bytes);
    }
}
