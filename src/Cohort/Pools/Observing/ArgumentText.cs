using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cohort.Pools.Observing;

/// <summary>Arguments of a task as a short text for people.</summary>
internal static class ArgumentText
{
    public const int MaxLength = 120;
    private const int MaxItems = 5;
    private const int MaxDepth = 3;

    /// <summary>A chunk's items: the first few.</summary>
    public static string Of<T>(ReadOnlySpan<T> items)
    {
        StringBuilder text = new();
        for (int i = 0; i < items.Length; i++)
        {
            if (!TryGoOn(text, i, items.Length))
            {
                break;
            }

            Append(text, items[i], 0);
        }

        return Cut(text);
    }

    /// <summary>One argument, or several in a tuple.</summary>
    public static string Of<T>(T arguments)
    {
        if (arguments is Nothing)
        {
            return "";
        }

        StringBuilder text = new();
        if (arguments is ITuple several)
        {
            AppendParts(text, several, 0);
        }
        else
        {
            Append(text, arguments, 0);
        }

        return Cut(text);
    }

    private static void Append(StringBuilder text, object? value, int depth)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string words:
                text.Append('"').Append(words.AsSpan(0, Math.Min(words.Length, MaxLength))).Append('"');
                break;
            case ITuple tuple when depth < MaxDepth:
                text.Append('(');
                AppendParts(text, tuple, depth + 1);
                text.Append(')');
                break;
            case IList list when depth < MaxDepth:
                text.Append('[');
                for (int i = 0; i < list.Count && TryGoOn(text, i, list.Count); i++)
                {
                    Append(text, list[i], depth + 1);
                }

                text.Append(']');
                break;
            case IFormattable number:
                text.Append(number.ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(value.ToString());
                break;
        }
    }

    private static void AppendParts(StringBuilder text, ITuple tuple, int depth)
    {
        for (int i = 0; i < tuple.Length && TryGoOn(text, i, tuple.Length); i++)
        {
            Append(text, tuple[i], depth);
        }
    }

    /// <summary>Puts a comma before all but the first; says how many are left when enough are there.</summary>
    private static bool TryGoOn(StringBuilder text, int index, int count)
    {
        if (index > 0)
        {
            text.Append(", ");
        }

        if (index < MaxItems && text.Length < MaxLength)
        {
            return true;
        }

        text.Append(CultureInfo.InvariantCulture, $"… {count - index} more");
        return false;
    }

    private static string Cut(StringBuilder text) =>
        text.Length <= MaxLength ? text.ToString() : text.ToString(0, MaxLength - 1) + "…";
}
