using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Cohort.Subprocesses;

/// <summary>Takes one word after the other out of a text, by the rules of <see cref="Shlex.Split"/>.</summary>
internal sealed class ShlexScanner(string text, bool comments)
{
    private readonly StringBuilder _word = new();
    private int _next;

    /// <exception cref="FormatException">A quote is not closed, or a backslash comes last.</exception>
    public bool TryTake([NotNullWhen(true)] out string? word)
    {
        SkipBlanks();
        word = null;
        if (_next == text.Length)
        {
            return false;
        }

        _word.Clear();
        while (_next < text.Length && !IsBlank(text[_next]))
        {
            char character = text[_next++];
            switch (character)
            {
                case '#' when comments:
                    SkipLine();
                    word = _word.ToString();
                    return true;
                case '\\':
                    _word.Append(Escaped());
                    break;
                case '\'':
                    ReadSingleQuoted();
                    break;
                case '"':
                    ReadDoubleQuoted();
                    break;
                default:
                    _word.Append(character);
                    break;
            }
        }

        word = _word.ToString();
        return true;
    }

    private static bool IsBlank(char character) => character is ' ' or '\t' or '\r' or '\n';

    private void SkipBlanks()
    {
        while (_next < text.Length && (IsBlank(text[_next]) || (comments && text[_next] == '#')))
        {
            if (text[_next] == '#')
            {
                SkipLine();
            }
            else
            {
                _next++;
            }
        }
    }

    /// <summary>A line feed ends a comment, and nothing else does.</summary>
    private void SkipLine()
    {
        int end = text.IndexOf('\n', _next);
        _next = end < 0 ? text.Length : end + 1;
    }

    private char Escaped() => _next < text.Length ? text[_next++] : throw new FormatException("No escaped character");

    private void ReadSingleQuoted()
    {
        int end = text.IndexOf('\'', _next);
        if (end < 0)
        {
            throw new FormatException("No closing quotation");
        }

        _word.Append(text, _next, end - _next);
        _next = end + 1;
    }

    /// <summary>In these a backslash stands for itself, except before another one and before the quote.</summary>
    private void ReadDoubleQuoted()
    {
        while (true)
        {
            if (_next == text.Length)
            {
                throw new FormatException("No closing quotation");
            }

            char character = text[_next++];
            if (character == '"')
            {
                return;
            }

            if (character == '\\')
            {
                char escaped = Escaped();
                if (escaped is not ('\\' or '"'))
                {
                    _word.Append('\\');
                }

                character = escaped;
            }

            _word.Append(character);
        }
    }
}
