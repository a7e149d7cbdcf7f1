using System.Text;

namespace Cohort.Samples.DocIndex.Scanning;

/// <summary>
/// Cuts large files, so that no task takes long: work spreads evenly to the end, and a worker that dies takes little
/// with it. A cut is a guess from the bytes: it is made where a line begins the documentation of a type, which puts a
/// type's members into one piece. Whoever finds that a piece cannot be parsed must take the file as a whole.
/// </summary>
internal sealed class PieceCutter
{
    /// <summary>About how long a piece becomes; files up to twice this stay whole.</summary>
    public const int TargetLength = 1 << 20;

    private const int WindowLength = 64 << 10;

    private readonly List<Piece> _pieces = [];
    private readonly byte[] _window = new byte[WindowLength];

    private static ReadOnlySpan<byte> CutMark => "<member name=\"T:"u8;

    public static IReadOnlyList<Piece> Cut(IReadOnlyList<DocumentFile> files)
    {
        PieceCutter cutter = new();
        foreach (DocumentFile file in files)
        {
            cutter.Cut(file);
        }

        return cutter._pieces;
    }

    private void Cut(DocumentFile file)
    {
        long start = 0;
        if (file.Length > 2 * TargetLength)
        {
            try
            {
                start = CutLarge(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Whoever indexes the rest meets the same fault and reports it.
            }
        }

        _pieces.Add(new Piece(_pieces.Count, file, start, file.Length - start));
    }

    /// <returns>Where the last piece begins, which is not yet in the list.</returns>
    private long CutLarge(DocumentFile file)
    {
        using FileStream stream = new(file.FullPath, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        if (!IsUtf8(ReadWindow(stream, 0)))
        {
            return 0;
        }

        long start = 0;
        long position = TargetLength;
        while (file.Length - position > TargetLength)
        {
            ReadOnlySpan<byte> window = ReadWindow(stream, position);
            int mark = window.IndexOf(CutMark);
            if (mark >= 0)
            {
                _pieces.Add(new Piece(_pieces.Count, file, start, position + mark - start));
                start = position + mark;
                position = start + TargetLength;
            }
            else if (window.Length < CutMark.Length)
            {
                break;
            }
            else
            {
                position += window.Length - CutMark.Length + 1;
            }
        }

        return start;
    }

    /// <summary>A later piece is read without the file's first line, so that line must say nothing out of the ordinary.</summary>
    private static bool IsUtf8(ReadOnlySpan<byte> beginning)
    {
        ReadOnlySpan<byte> text = beginning.StartsWith(Encoding.UTF8.Preamble) ? beginning[Encoding.UTF8.Preamble.Length..] : beginning;
        if (!text.StartsWith("<?xml"u8))
        {
            return text.StartsWith("<doc"u8);
        }

        string declaration = Encoding.Latin1.GetString(text[..Math.Max(0, text.IndexOf("?>"u8))]);
        return !declaration.Contains("encoding", StringComparison.Ordinal)
            || declaration.Contains("utf-8", StringComparison.OrdinalIgnoreCase);
    }

    private ReadOnlySpan<byte> ReadWindow(FileStream stream, long position)
    {
        stream.Position = position;
        return _window.AsSpan(0, stream.ReadAtLeast(_window, WindowLength, throwOnEndOfStream: false));
    }
}
