using System.Collections;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cohort.Serializing.Python;

/// <summary>A tuple that a Python process has sent, of any length and of items of any types.</summary>
/// <remarks>
/// <para>
/// Two are equal when their items are, by the rules of Python: numbers by value whatever their types are (1, 1L, 1.0 and
/// true are one key), strings and byte arrays by content, tuples and frozen sets by their items. Lists, dictionaries and
/// sets, which can change, are equal only to themselves.
/// </para>
/// <para>A connection also receives one as a <see cref="ValueTuple"/> or <see cref="Tuple"/> of fitting types.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class PythonTuple : IReadOnlyList<object?>, ITuple, IEquatable<PythonTuple>
{
    private const int MostItemsShown = 10;
    private const int MostLevelsShown = 3;

    private readonly object?[] _items;

    /// <summary>A tuple of these items.</summary>
    /// <param name="items">The items, which are copied.</param>
    public PythonTuple(params ReadOnlySpan<object?> items) => _items = items.ToArray();

    /// <summary>The tuple without items.</summary>
    public static PythonTuple Empty { get; } = new();

    /// <summary>The number of items.</summary>
    public int Count => _items.Length;

    int ITuple.Length => _items.Length;

    /// <summary>An item.</summary>
    /// <param name="index">From zero to below <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such item.</exception>
    public object? this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _items.Length);
            return _items[index];
        }
    }

    internal ReadOnlySpan<object?> Items => _items;

    /// <summary>Whether two have equal items.</summary>
    public static bool operator ==(PythonTuple? left, PythonTuple? right) => PythonEquality.Instance.Equals(left, right);

    /// <summary>Whether two do not have equal items.</summary>
    public static bool operator !=(PythonTuple? left, PythonTuple? right) => !(left == right);

    /// <summary>Whether the other has equal items.</summary>
    public bool Equals(PythonTuple? other) => this == other;

    /// <inheritdoc cref="Equals(PythonTuple?)"/>
    public override bool Equals(object? obj) => obj is PythonTuple other && this == other;

    /// <summary>A hash code that equal tuples share.</summary>
    public override int GetHashCode() => PythonEquality.Instance.GetHashCode(this);

    /// <summary>The items in order.</summary>
    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();

    /// <summary>The first items, as Python shows a tuple.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        Show(text, MostLevelsShown);
        return text.ToString();
    }

    // A tuple may hold another many times over, and that one yet another: so both the items and the levels are limited.
    private void Show(StringBuilder text, int levels)
    {
        if (levels == 0)
        {
            text.Append("(…)");
            return;
        }

        text.Append('(');
        for (int i = 0; i < _items.Length; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            if (i == MostItemsShown)
            {
                text.Append('…');
                break;
            }

            if (_items[i] is PythonTuple inner)
            {
                inner.Show(text, levels - 1);
            }
            else
            {
                text.Append(_items[i] ?? PythonNone.Value);
            }
        }

        text.Append(_items.Length == 1 ? ",)" : ")");
    }
}
