using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>
/// Numbers objects by identity in the order of their first appearance. The first few are found by a linear search, so
/// that small messages never touch the objects' hash codes.
/// </summary>
internal sealed class IdentityMap
{
    private const int LinearLimit = 8;

    private object?[] _items = new object?[LinearLimit];

    /// <summary>Open addressing, numbers plus one; null until the linear limit is passed.</summary>
    private int[]? _table;

    private int _count;

    public int Count => _count;

    /// <summary>True when the object is new; either way its number.</summary>
    public bool Add(object item, out int number)
    {
        int count = _count;
        if (count <= LinearLimit)
        {
            object?[] items = _items;
            for (int i = 0; i < count && i < items.Length; i++)
            {
                if (ReferenceEquals(items[i], item))
                {
                    number = i;
                    return false;
                }
            }

            if (count < LinearLimit)
            {
                items[count] = item;
                number = count;
                _count = count + 1;
                return true;
            }
        }

        return AddHashed(item, out number);
    }

    public void Clear()
    {
        if (_count == 0)
        {
            return;
        }

        if (_count > LinearLimit)
        {
            // One huge message must not make every later one pay for clearing its table.
            if (_items.Length > 4096)
            {
                _items = new object?[LinearLimit];
                _table = null;
            }
            else
            {
                _table.AsSpan().Clear();
            }
        }

        _items.AsSpan(0, Math.Min(_count, _items.Length)).Clear();
        _count = 0;
    }

    private bool AddHashed(object item, out int number)
    {
        if (_count == LinearLimit || _count == _items.Length)
        {
            Rehash();
        }

        int[] table = _table!;
        int mask = table.Length - 1;
        int slot = Spread(RuntimeHelpers.GetHashCode(item)) & mask;
        while (table[slot] != 0)
        {
            if (ReferenceEquals(_items[table[slot] - 1], item))
            {
                number = table[slot] - 1;
                return false;
            }

            slot = (slot + 1) & mask;
        }

        number = _count;
        _items[_count++] = item;
        table[slot] = _count;
        return true;
    }

    private void Rehash()
    {
        if (_count == _items.Length)
        {
            Array.Resize(ref _items, _items.Length * 4);
        }

        if (_table is not null && _table.Length >= _items.Length * 2)
        {
            _table.AsSpan().Clear();
        }
        else
        {
            _table = new int[_items.Length * 2];
        }

        int mask = _table.Length - 1;
        for (int i = 0; i < _count; i++)
        {
            int slot = Spread(RuntimeHelpers.GetHashCode(_items[i])) & mask;
            while (_table[slot] != 0)
            {
                slot = (slot + 1) & mask;
            }

            _table[slot] = i + 1;
        }
    }

    private static int Spread(int hash) => (int)(((uint)hash * 0x9E3779B1u) >> 7);
}
