using Cohort.Samples.DocIndex.Scanning;

namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>Opens a piece as a document of its own: a part of a file gets the elements around it that it was cut from.</summary>
internal sealed class PieceSource
{
    private byte[] _buffer = [];

    private static ReadOnlySpan<byte> Opening => "<doc><members>"u8;

    private static ReadOnlySpan<byte> Closing => "</members></doc>"u8;

    public Stream Open(Piece piece)
    {
        FileStream file = new(
            piece.File.FullPath, FileMode.Open, FileAccess.Read, FileShare.Read, piece.IsWhole ? 1 << 16 : 0, FileOptions.SequentialScan);
        if (piece.IsWhole)
        {
            return file;
        }

        using (file)
        {
            return Wrap(file, piece);
        }
    }

    private MemoryStream Wrap(FileStream file, Piece piece)
    {
        int length = checked((int)piece.Length);
        if (_buffer.Length < Opening.Length + length + Closing.Length)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(Opening.Length + length + Closing.Length);
        }

        int end = 0;
        if (!piece.IsFirst)
        {
            Opening.CopyTo(_buffer);
            end = Opening.Length;
        }

        file.Position = piece.Offset;
        file.ReadExactly(_buffer, end, length);
        end += length;
        if (!piece.IsLast)
        {
            Closing.CopyTo(_buffer.AsSpan(end));
            end += Closing.Length;
        }

        return new MemoryStream(_buffer, 0, end, writable: false);
    }
}
