using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing.Python;

/// <summary>Which keys of a dictionary or set are one key in Python. <see cref="PythonTuple"/> says the rules.</summary>
/// <remarks>
/// Tuples may be nested too deep for the stack, and few tuples that refer to one another can stand for 2^60 items. So
/// equality keeps a list of what is to be compared, without pairs that it has had before, and a hash takes each tuple in
/// a tuple once. Tuples of .NET are the same keys as Python's.
/// </remarks>
internal sealed class PythonEquality : IEqualityComparer<object?>
{
    /// <summary>So many pairs are compared before it is worth knowing which ones were.</summary>
    private const int PairsBeforeMemory = 1000;

    private PythonEquality()
    {
    }

    public static PythonEquality Instance { get; } = new();

    public new bool Equals(object? x, object? y)
    {
        if (x is not ITuple || y is not ITuple)
        {
            return AreEqualLeaves(x, y);
        }

        Stack<(object? X, object? Y)> open = new();
        HashSet<(Identity X, Identity Y)>? known = null;
        open.Push((x, y));
        for (int pairs = 0; open.TryPop(out (object? X, object? Y) pair); pairs++)
        {
            if (ReferenceEquals(pair.X, pair.Y))
            {
                continue;
            }

            if (pair.X is not ITuple left || pair.Y is not ITuple right)
            {
                if (!AreEqualLeaves(pair.X, pair.Y))
                {
                    return false;
                }

                continue;
            }

            if (left.Length != right.Length)
            {
                return false;
            }

            if (pairs < PairsBeforeMemory || (known ??= []).Add((new Identity(left), new Identity(right))))
            {
                for (int i = left.Length - 1; i >= 0; i--)
                {
                    open.Push((left[i], right[i]));
                }
            }
        }

        return true;
    }

    public int GetHashCode([DisallowNull] object? obj) => obj is ITuple tuple ? HashTuple(tuple) : HashLeaf(obj);

    /// <summary>Covers all items: if some did not count, keys that differ only in them would have one hash.</summary>
    private static int HashTuple(ITuple outermost)
    {
        // One that is still open has no hash yet, and counts as nothing if it contains itself.
        Dictionary<Identity, int>? known = null;
        Stack<(ITuple Tuple, int Next, HashCode Hash)> open = new();
        ITuple current = outermost;
        HashCode hash = Begin(current);
        int next = 0;
        while (true)
        {
            if (next < current.Length)
            {
                object? item = current[next++];
                if (item is not ITuple tuple)
                {
                    hash.Add(HashLeaf(item));
                }
                else if (known is not null && known.TryGetValue(new Identity(tuple), out int before))
                {
                    hash.Add(before);
                }
                else
                {
                    (known ??= [])[new Identity(tuple)] = 0;
                    open.Push((current, next, hash));
                    (current, next, hash) = (tuple, 0, Begin(tuple));
                }

                continue;
            }

            int result = hash.ToHashCode();
            if (open.Count == 0)
            {
                return result;
            }

            known![new Identity(current)] = result;
            (current, next, hash) = open.Pop();
            hash.Add(result);
        }
    }

    private static HashCode Begin(ITuple tuple)
    {
        HashCode hash = default;
        hash.Add(tuple.Length);
        return hash;
    }

    private static bool AreEqualLeaves(object? x, object? y)
    {
        if (ReferenceEquals(x, y))
        {
            return true;
        }

        return (x, y) switch
        {
            (string left, string right) => string.Equals(left, right, StringComparison.Ordinal),
            (byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right),
            (FrozenSet<object?> left, FrozenSet<object?> right) => AreEqualSets(left, right),
            (null or PythonNone, null or PythonNone) => true,
            (null, _) or (_, null) => false,
            _ => PythonNumber.TryGet(x, out PythonNumber a)
                ? PythonNumber.TryGet(y, out PythonNumber b) && a == b
                : x.Equals(y),
        };
    }

    private static int HashLeaf(object? value)
    {
        switch (value)
        {
            case string text:
                return text.GetHashCode();
            case byte[] bytes:
                return PythonHash.Of(bytes);
            case FrozenSet<object?> set:
                return HashSet(set);
            case null:
                return 0;
            default:
                return PythonNumber.TryGet(value, out PythonNumber number) ? number.GetHashCode() : value.GetHashCode();
        }
    }

    // Sets within sets are the one nesting that goes over the stack; who builds a set hashes what is in it just so.
    private static bool AreEqualSets(FrozenSet<object?> left, FrozenSet<object?> right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (left.Count != right.Count)
        {
            return false;
        }

        foreach (object? item in left)
        {
            if (!right.Contains(item))
            {
                return false;
            }
        }

        return true;
    }

    private static int HashSet(FrozenSet<object?> set)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int sum = set.Count;
        foreach (object? item in set)
        {
            // The order is not the same in equal sets. A plain sum would be that of all sets with the same items within sets.
            sum += HashCode.Combine(item is null ? 0 : Instance.GetHashCode(item));
        }

        return sum;
    }

    private readonly struct Identity(object item) : IEquatable<Identity>
    {
        private readonly object _item = item;

        public bool Equals(Identity other) => ReferenceEquals(_item, other._item);

        public override bool Equals(object? obj) => obj is Identity other && Equals(other);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(_item);
    }
}
