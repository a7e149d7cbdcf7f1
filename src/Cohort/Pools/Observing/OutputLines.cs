using System.Text;
using Cohort.Platform;

namespace Cohort.Pools.Observing;

/// <summary>One of a worker's two streams, cut into lines.</summary>
internal sealed class OutputLines(OutputPipe pipe, Action<string> take)
{
    /// <summary>A line that is longer is handed on in parts, so that one without an end takes no memory without an end.</summary>
    private const int MaxLength = 65_536;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _line = new();
    private readonly byte[] _bytes = new byte[16 * 1024];
    private readonly char[] _characters = new char[(16 * 1024) + 2];

    public OutputPipe Pipe => pipe;

    /// <summary>Nobody can write any more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Reads once; how many bytes, 0 when there is nothing now or any more.</summary>
    public int Read()
    {
        if (HasEnded || !pipe.TryRead(_bytes, out int count))
        {
            return 0;
        }

        HasEnded = count == 0;
        Append(_characters.AsSpan(0, _decoder.GetChars(_bytes.AsSpan(0, count), _characters, flush: false)));
        return count;
    }

    /// <summary>Hands on a last line without an end.</summary>
    public void Finish()
    {
        Append(_characters.AsSpan(0, _decoder.GetChars([], _characters, flush: true)));
        if (_line.Length > 0)
        {
            End();
        }
    }

    private void Append(ReadOnlySpan<char> text)
    {
        for (int end = text.IndexOf('\n'); end >= 0; end = text.IndexOf('\n'))
        {
            AppendPart(text[..end]);
            End();
            text = text[(end + 1)..];
        }

        AppendPart(text);
    }

    private void AppendPart(ReadOnlySpan<char> text)
    {
        while (_line.Length + text.Length > MaxLength)
        {
            int room = MaxLength - _line.Length;
            _line.Append(text[..room]);
            text = text[room..];
            End();
        }

        _line.Append(text);
    }

    private void End()
    {
        int length = _line.Length > 0 && _line[^1] == '\r' ? _line.Length - 1 : _line.Length;
        take(_line.ToString(0, length));
        _line.Clear();
    }
}
