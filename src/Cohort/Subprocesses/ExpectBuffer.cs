using System.Text;

namespace Cohort.Subprocesses;

/// <summary>What was read and not taken, as text. Places in it are counted from the first character ever.</summary>
internal sealed class ExpectBuffer(Encoding encoding, int? limit)
{
    private const int FirstRoom = 4096;

    /// <summary>One reads and takes at a time; whoever only looks may come at any time.</summary>
    private readonly Lock _gate = new();

    private readonly Decoder _decoder = encoding.GetDecoder();
    private char[] _characters = new char[FirstRoom];
    private int _start;
    private int _end;

    /// <summary>The place of the first character that is kept.</summary>
    public long Start { get; private set; }

    public long End => Start + _end - _start;

    /// <summary>Whether something was dropped since the last take.</summary>
    public bool IsTruncated { get; private set; }

    public ReadOnlySpan<char> From(long place) => _characters.AsSpan(_start + (int)(place - Start), (int)(End - place));

    public override string ToString()
    {
        lock (_gate)
        {
            return From(Start).ToString();
        }
    }

    /// <param name="bytes">What was read. A character that is not complete is kept for the next time.</param>
    /// <param name="isLast">Whether nothing follows.</param>
    /// <returns>The new text.</returns>
    public ReadOnlySpan<char> Append(ReadOnlySpan<byte> bytes, bool isLast)
    {
        using Lock.Scope scope = _gate.EnterScope();
        MakeRoom(encoding.GetMaxCharCount(bytes.Length));
        int count = _decoder.GetChars(bytes, _characters.AsSpan(_end), isLast);
        _end += count;
        Span<char> added = _characters.AsSpan(_end - count, count);
        if (limit is int most && _end - _start > most)
        {
            int dropped = _end - _start - most;
            dropped += dropped < _end - _start && char.IsLowSurrogate(_characters[_start + dropped]) ? 1 : 0;
            Drop(dropped);
            IsTruncated = true;
        }

        return added;
    }

    /// <summary>Gives what is before a place, and forgets what is before another.</summary>
    public string Take(long end, long next)
    {
        using Lock.Scope scope = _gate.EnterScope();
        string taken = _characters.AsSpan(_start, (int)(end - Start)).ToString();
        Drop((int)(next - Start));
        IsTruncated = false;
        if (_start == _end && _characters.Length > FirstRoom)
        {
            // Nothing is kept: no reason to keep the room of a large output.
            _characters = new char[FirstRoom];
            _start = _end = 0;
        }

        return taken;
    }

    private void Drop(int count)
    {
        _start += count;
        Start += count;
    }

    private void MakeRoom(int count)
    {
        if (_characters.Length - _end >= count)
        {
            return;
        }

        int kept = _end - _start;
        int doubled = (int)Math.Min(_characters.Length * 2L, Array.MaxLength);
        char[] target = kept + count <= _characters.Length / 2 ? _characters : new char[Math.Max(doubled, kept + count)];
        _characters.AsSpan(_start, kept).CopyTo(target);
        _characters = target;
        _start = 0;
        _end = kept;
    }
}
