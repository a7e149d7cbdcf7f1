using System.Collections.Frozen;

namespace Cohort.Serializing.Python;

internal ref partial struct PythonReader
{
    private static Dictionary<object, object?> NewDict() => new(PythonEquality.Instance);

    private static HashSet<object?> NewSet() => new(PythonEquality.Instance);

    private T Container<T>(int start)
        where T : class =>
        start > Floor && _stack[start - 1] is T container
            ? container
            : throw new PickleException($"The Python pickle adds items at byte {_position - 1} to what is no container for them.");

    /// <summary>The items from there on, of which none is a name that was not called.</summary>
    private readonly ReadOnlySpan<object?> Values(int start)
    {
        ReadOnlySpan<object?> values = From(start);
        if (_hasGlobals)
        {
            foreach (object? value in values)
            {
                EnsureValue(value);
            }
        }

        return values;
    }

    private void Replace(int start, object value)
    {
        PopTo(start);
        Push(value);
    }

    private void MakeTuple(int start) => Replace(start, _count == start ? PythonTuple.Empty : new PythonTuple(Values(start)));

    private void MakeList(int start) => Replace(start, new List<object?>(Values(start).ToArray()));

    private void AddToList(int start)
    {
        List<object?> list = Container<List<object?>>(start);
        foreach (object? value in Values(start))
        {
            list.Add(value);
        }

        PopTo(start);
    }

    private void MakeDict(int start)
    {
        Dictionary<object, object?> dict = NewDict();
        Fill(dict, Values(start));
        Replace(start, dict);
    }

    private void AddToDict(int start)
    {
        Fill(Container<Dictionary<object, object?>>(start), Values(start));
        PopTo(start);
    }

    private readonly void Fill(Dictionary<object, object?> dict, ReadOnlySpan<object?> values)
    {
        if (values.Length % 2 != 0)
        {
            throw new PickleException("The Python pickle has a key without a value.");
        }

        for (int i = 0; i < values.Length; i += 2)
        {
            _keys.Charge(values[i]);
            dict[values[i] ?? PythonNone.Value] = values[i + 1];
        }
    }

    private void AddToSet(int start)
    {
        Fill(Container<HashSet<object?>>(start), Values(start));
        PopTo(start);
    }

    private readonly void Fill(HashSet<object?> set, ReadOnlySpan<object?> values)
    {
        _keys.ChargeItems(values);
        foreach (object? value in values)
        {
            set.Add(value);
        }
    }

    private void MakeFrozenSet(int start) => Replace(start, NewFrozenSet(Values(start)));

    private readonly FrozenSet<object?> NewFrozenSet(ReadOnlySpan<object?> values)
    {
        _keys.ChargeItems(values);
        FrozenSet<object?> set = FrozenSet.Create(PythonEquality.Instance, values);
        _keys.Note(set);
        return set;
    }
}
