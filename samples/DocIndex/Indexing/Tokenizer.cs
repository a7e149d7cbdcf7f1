namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>
/// Cuts text into lower-case words. A name is cut at its humps, so that "CancellationToken" answers to "cancellation
/// token": IOException is io + exception, Utf8JsonReader is utf8 + json + reader. Text may come in pieces.
/// </summary>
internal sealed class Tokenizer(IWordSink sink)
{
    /// <summary>Longer runs of letters are data (keys, hashes) and no words.</summary>
    public const int LongestWord = 64;

    private static readonly Kind[] s_ascii = [.. Enumerable.Range(0, 128).Select(static code => ClassifyAny((char)code))];

    private readonly char[] _word = new char[LongestWord];
    private int _length;
    private bool _isTooLong;
    private Kind _previous;

    private enum Kind : byte
    {
        Other,
        Lower,
        Upper,
        Digit,
    }

    public void Add(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            Kind kind = character < 128 ? s_ascii[character] : ClassifyAny(character);
            switch (kind)
            {
                case Kind.Other:
                    EndWord();
                    break;
                case Kind.Upper:
                    if (_previous is Kind.Lower or Kind.Digit)
                    {
                        EndWord();
                    }

                    Append(character < 128 ? (char)(character | 0x20) : char.ToLowerInvariant(character));
                    break;
                case Kind.Lower:
                    if (_previous == Kind.Upper && _length > 1)
                    {
                        EndWordBeforeLast();
                    }

                    Append(character);
                    break;
                default:
                    Append(character);
                    break;
            }

            _previous = kind;
        }
    }

    /// <summary>Ends the word that the last piece may have left open.</summary>
    public void End()
    {
        EndWord();
        _previous = Kind.Other;
    }

    private static Kind ClassifyAny(char character) =>
        char.IsUpper(character) ? Kind.Upper
        : char.IsLetter(character) ? Kind.Lower
        : char.IsDigit(character) ? Kind.Digit
        : Kind.Other;

    private void Append(char character)
    {
        if (_length == LongestWord)
        {
            _isTooLong = true;
            return;
        }

        _word[_length++] = character;
    }

    private void EndWord()
    {
        if (_length > 0)
        {
            if (!_isTooLong)
            {
                sink.AddWord(_word.AsSpan(0, _length));
            }

            _length = 0;
            _isTooLong = false;
        }
    }

    /// <summary>After capitals comes a small letter: the last capital begins the next word.</summary>
    private void EndWordBeforeLast()
    {
        char last = _word[_length - 1];
        _length--;
        EndWord();
        _word[0] = last;
        _length = 1;
    }
}
