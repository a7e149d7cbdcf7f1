using System.Collections.Frozen;
using System.Numerics;

namespace Cohort.Serializing.Python;

/// <summary>
/// Sees that what a message uses as keys and as items of sets can be hashed, at a cost that is in proportion to the message.
/// </summary>
/// <remarks>
/// A key is written once and can be used again for two bytes: a megabyte of text as the key of a hundred thousand
/// dictionaries, or a tuple of twice a tuple of twice a tuple. So each use is paid for, with the length of all text in it,
/// from an account that is in proportion to the message's length; ordinary messages come nowhere near its end.
/// </remarks>
internal sealed class KeyGuard(int messageLength)
{
    /// <summary>A short message may still use some long key quite often.</summary>
    private const long FreeCost = 1 << 20;

    private const long CostOfByte = 256;

    /// <summary>Python itself gives up on hashing not far above; sets within sets go over the stack here too.</summary>
    private const int MostLevels = 200;

    /// <summary>Of every tuple and set that was in a key.</summary>
    private Dictionary<object, Cost>? _known;

    private long _left = FreeCost + (CostOfByte * messageLength);

    /// <summary>Pays for one use as a key.</summary>
    /// <exception cref="PickleException">It cannot be a key, or too much was used already.</exception>
    public void Charge(object? key) => Pay(Of(key));

    /// <summary>Pays for one use of each item of a set.</summary>
    /// <exception cref="PickleException">Something in it cannot be in a set, or too much was used already.</exception>
    public void ChargeItems(ReadOnlySpan<object?> items)
    {
        foreach (object? item in items)
        {
            Charge(item);
        }
    }

    /// <summary>Notes the cost of a frozen set, whose items were paid for.</summary>
    public void Note(FrozenSet<object?> set)
    {
        Cost sum = default;
        foreach (object? item in set)
        {
            sum = sum.With(Of(item));
        }

        (_known ??= NewTable())[set] = sum.Outside();
    }

    private static Dictionary<object, Cost> NewTable() => new(ReferenceEqualityComparer.Instance);

    private void Pay(Cost cost)
    {
        if (cost.Levels > MostLevels)
        {
            throw new PickleException($"A key or item of a set in the Python pickle has tuples within tuples more than {MostLevels} deep.");
        }

        _left -= cost.Weight;
        if (_left < 0)
        {
            throw new PickleException(
                "The Python pickle uses large keys or items of sets so often that it would take far longer to read than its length allows.");
        }
    }

    private Cost Of(object? key) => key switch
    {
        null => new Cost(1, 0),
        string text => new Cost(1 + text.Length, 0),
        byte[] bytes => new Cost(1 + bytes.Length, 0),
        BigInteger big => new Cost(1 + big.GetByteCount(), 0),
        PythonTuple tuple => OfTuple(tuple),
        FrozenSet<object?> set => _known![set],
        List<object?> => throw Unhashable("list"),
        Dictionary<object, object?> => throw Unhashable("dict"),
        HashSet<object?> => throw Unhashable("set"),
        _ => new Cost(1, 0),
    };

    private static PickleException Unhashable(string type) =>
        new($"The Python pickle has a {type} as a key or as an item of a set, which Python does not allow.");

    private Cost OfTuple(PythonTuple tuple)
    {
        if (_known is not null && _known.TryGetValue(tuple, out Cost known))
        {
            return known;
        }

        // Tuples within tuples are summed before what they are in, so that each is looked at once.
        Dictionary<object, Cost> costs = _known ??= NewTable();
        Stack<(PythonTuple Tuple, int Next, Cost Sum)> open = new();
        open.Push((tuple, 0, default));
        while (true)
        {
            (PythonTuple current, int next, Cost sum) = open.Pop();
            ReadOnlySpan<object?> items = current.Items;
            while (next < items.Length && !(items[next] is PythonTuple inner && !costs.ContainsKey(inner)))
            {
                object? item = items[next++];
                sum = sum.With(item is PythonTuple summed ? costs[summed] : Of(item));
            }

            if (next < items.Length)
            {
                open.Push((current, next, sum));
                open.Push(((PythonTuple)items[next]!, 0, default));
                continue;
            }

            costs[current] = sum.Outside();
            if (open.Count == 0)
            {
                return costs[current];
            }
        }
    }

    /// <summary>How much is hashed or compared, tuples that are there twice counted twice, and how deep it is.</summary>
    private readonly record struct Cost(long Weight, int Levels)
    {
        private const long MostWeight = 1L << 60;

        public Cost With(Cost item) => new(Math.Min(Weight + item.Weight, MostWeight), Math.Max(Levels, item.Levels));

        public Cost Outside() => new(Weight + 1, Levels + 1);
    }
}
