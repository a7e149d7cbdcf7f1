using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Cohort.Subprocesses;

/// <summary>Makes lines of bytes that come in pieces. A line ends with LF, CR LF or CR, as for <see cref="TextReader"/>.</summary>
internal sealed class LineSplitter(Encoding encoding)
{
    private readonly Decoder _decoder = encoding.GetDecoder();
    private readonly StringBuilder _partial = new();
    private readonly Queue<string> _lines = new();
    private char[] _characters = [];

    /// <summary>The last piece ended with CR, so that a LF at the start of the next belongs to it.</summary>
    private bool _endedWithReturn;

    public void Add(ReadOnlySpan<byte> data) => Decode(data, flush: false);

    /// <summary>What stands behind the last line's end is a line too.</summary>
    public void Complete()
    {
        Decode([], flush: true);
        if (_partial.Length > 0)
        {
            EndLine([]);
        }
    }

    public bool TryTake([NotNullWhen(true)] out string? line) => _lines.TryDequeue(out line);

    private void Decode(ReadOnlySpan<byte> data, bool flush)
    {
        int most = encoding.GetMaxCharCount(data.Length);
        if (_characters.Length < most)
        {
            _characters = new char[most];
        }

        int count = _decoder.GetChars(data, _characters, flush);
        Split(_characters.AsSpan(0, count));
    }

    private void Split(ReadOnlySpan<char> text)
    {
        if (_endedWithReturn && text.Length > 0)
        {
            _endedWithReturn = false;
            text = text[0] == '\n' ? text[1..] : text;
        }

        while (text.IndexOfAny('\r', '\n') is var end && end >= 0)
        {
            EndLine(text[..end]);
            bool isReturn = text[end] == '\r';
            text = text[(end + 1)..];
            if (isReturn && text.Length == 0)
            {
                _endedWithReturn = true;
            }
            else if (isReturn && text[0] == '\n')
            {
                text = text[1..];
            }
        }

        _partial.Append(text);
    }

    private void EndLine(ReadOnlySpan<char> rest)
    {
        _lines.Enqueue(_partial.Append(rest).ToString());
        _partial.Clear();
    }
}
