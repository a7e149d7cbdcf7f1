using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Collections.ObjectModel;
using System.Collections.Specialized;
using System.Data;
using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

public sealed class CollectionTests
{
    private static readonly string[] s_words = ["beta", "Alpha", "gamma"];

    [Fact]
    public void Arrays_of_all_shapes_come_back()
    {
        Assert.Equal([1, 2, 3], RoundTrip.Of(new[] { 1, 2, 3 }));
        Assert.Equal(s_words, RoundTrip.Of(s_words));
        Assert.Empty(RoundTrip.Of(Array.Empty<double>()));
        Assert.Equal(new[] { new[] { 1 }, [2, 3], null! }, RoundTrip.Of(new[] { new[] { 1 }, [2, 3], null! }));
        int[,] square = { { 1, 2, 3 }, { 4, 5, 6 } };
        Assert.Equal(square, RoundTrip.Of(square));
        string[,,] cube = new string[1, 2, 1];
        cube[0, 1, 0] = "x";
        Assert.Equal(cube, RoundTrip.Boxed(cube));
        Array shifted = Array.CreateInstance(typeof(string), [2], [5]);
        shifted.SetValue("y", 6);
        Array copy = RoundTrip.Of(shifted);
        Assert.Equal(5, copy.GetLowerBound(0));
        Assert.Equal("y", copy.GetValue(6));
        Assert.Equal(shifted.GetType(), copy.GetType());
        object[] covariant = s_words;
        Assert.IsType<string[]>(RoundTrip.Of(covariant));
        Assert.Equal([1, null], RoundTrip.Of(new int?[] { 1, null }));
    }

    [Fact]
    public void Lists_and_their_like_come_back_in_order()
    {
        Assert.Equal([1, 2], RoundTrip.Of(new List<int> { 1, 2 }));
        Assert.Equal(s_words, RoundTrip.Of(new List<string>(s_words)));
        Assert.Equal(s_words, RoundTrip.Of(new LinkedList<string>(s_words)));
        Assert.Equal(s_words, RoundTrip.Of(new Queue<string>(s_words)));
        Assert.Equal(["gamma", "Alpha", "beta"], RoundTrip.Of(new Stack<string>(s_words)));
        Assert.Equal(s_words, RoundTrip.Of(new ObservableCollection<string>(s_words)));
        Assert.Equal(s_words, RoundTrip.Of(new ReadOnlyCollection<string>(s_words)));
        Assert.Equal(s_words, RoundTrip.Of(new ConcurrentQueue<string>(s_words)));
        Assert.Equal(new ConcurrentStack<string>(s_words), RoundTrip.Of(new ConcurrentStack<string>(s_words)));
        Assert.Equal(new ConcurrentBag<string>(s_words).ToArray(), RoundTrip.Of(new ConcurrentBag<string>(s_words)).ToArray());
        Assert.Equal(new object?[] { 1, "x", null }, RoundTrip.Of(new ArrayList { 1, "x", null }).ToArray());
        Assert.Equal([true, false, true], RoundTrip.Of(new BitArray([true, false, true])).Cast<bool>());
        PriorityQueue<string, int> queue = new([("low", 9), ("high", 1)]);
        Assert.Equal("high", RoundTrip.Of(queue).Dequeue());
        LinkedListNode<string> node = RoundTrip.Of(new LinkedList<string>(s_words).First!.Next!);
        Assert.Equal("gamma", node.Next!.Value);
        Assert.Equal(3, node.List!.Count);
    }

    [Fact]
    public void Dictionaries_and_sets_come_back_with_their_comparers()
    {
        Dictionary<string, int> ignoring = new(StringComparer.OrdinalIgnoreCase) { ["Key"] = 1 };
        Dictionary<string, int> copy = RoundTrip.Of(ignoring);
        Assert.Equal(1, copy["KEY"]);
        Assert.Same(StringComparer.OrdinalIgnoreCase, copy.Comparer);
        Assert.Equal(2, RoundTrip.Of(new Dictionary<string, int> { ["a"] = 2 })["a"]);
        Assert.Contains("BETA", RoundTrip.Of(new HashSet<string>(s_words, StringComparer.InvariantCultureIgnoreCase)));
        Assert.Contains("xxx", RoundTrip.Of(new HashSet<string>(s_words, new ByLength()) { "xxx" }));
        Assert.Contains(12, RoundTrip.Of(new HashSet<int>([2], EqualityComparer<int>.Create((a, b) => a % 10 == b % 10, x => x % 10))));
        Assert.Equal(["alpha", "beta"], RoundTrip.Of(new SortedSet<string>(["beta", "alpha", "ALPHA"], StringComparer.OrdinalIgnoreCase)));
        SortedSet<int> descending = RoundTrip.Of(new SortedSet<int>([1, 2, 3], Comparer<int>.Create((a, b) => b.CompareTo(a))));
        descending.Add(10);
        Assert.Equal([10, 3, 2, 1], descending);
        SortedDictionary<string, int> sorted = RoundTrip.Of(new SortedDictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["b"] = 1, ["A"] = 2 });
        Assert.Equal(1, sorted["B"]);
        SortedList<int, string> list = RoundTrip.Of(new SortedList<int, string> { [2] = "b", [1] = "a" });
        Assert.Equal(["a", "b"], list.Values);
        ConcurrentDictionary<string, int> concurrent = new(StringComparer.OrdinalIgnoreCase);
        concurrent["Q"] = 5;
        Assert.Equal(5, RoundTrip.Of(concurrent)["q"]);
        OrderedDictionary<string, int> ordered = RoundTrip.Of(new OrderedDictionary<string, int>(StringComparer.OrdinalIgnoreCase) { ["z"] = 1, ["a"] = 2 });
        Assert.Equal(["z", "a"], ordered.Keys);
        Assert.Equal(1, ordered["Z"]);
        Hashtable table = RoundTrip.Of(new Hashtable(StringComparer.OrdinalIgnoreCase) { ["H"] = 1 });
        Assert.Equal(1, table["h"]);
        ReadOnlyDictionary<string, int> readOnly = RoundTrip.Of(new ReadOnlyDictionary<string, int>(ignoring));
        Assert.Equal(1, readOnly["kEy"]);
        NameValueCollection names = RoundTrip.Of(new NameValueCollection { { "A", "1" }, { "a", "2" } });
        Assert.Equal("1,2", names["A"]);
        StringDictionary strings = RoundTrip.Of(new StringDictionary { ["K"] = "v" });
        Assert.Equal("v", strings["k"]);
    }

    [Fact]
    public void Immutable_and_frozen_collections_come_back()
    {
        Assert.Equal(s_words, RoundTrip.Of(ImmutableArray.Create(s_words)).AsEnumerable());
        Assert.True(RoundTrip.Of(default(ImmutableArray<int>)).IsDefault);
        Assert.Equal(s_words, RoundTrip.Of(ImmutableList.Create(s_words)));
        Assert.Equal(s_words, RoundTrip.Of(ImmutableQueue.Create(s_words)));
        Assert.Equal(ImmutableStack.Create(s_words), RoundTrip.Of(ImmutableStack.Create(s_words)));
        Assert.Equal(1, RoundTrip.Of(ImmutableSortedDictionary<string, int>.Empty.Add("a", 1))["a"]);
        Assert.Equal(["Alpha", "beta", "gamma"], RoundTrip.Of(ImmutableSortedSet.CreateRange(StringComparer.OrdinalIgnoreCase, s_words)));
        ImmutableHashSet<string> set = RoundTrip.Of(ImmutableHashSet.CreateRange(StringComparer.OrdinalIgnoreCase, s_words));
        Assert.Contains("BETA", (IReadOnlySet<string>)set);
        Assert.Contains("NEW", (IReadOnlySet<string>)set.Add("new"));
        ImmutableDictionary<string, int> map = RoundTrip.Of(ImmutableDictionary.Create<string, int>(StringComparer.OrdinalIgnoreCase).Add("k", 1));
        Assert.Equal(1, map["K"]);
        Assert.Equal(2, map.SetItem("K", 2)["k"]);
        Assert.Contains("ALPHA", (IReadOnlySet<string>)RoundTrip.Of(s_words.ToFrozenSet(StringComparer.OrdinalIgnoreCase)));
        FrozenDictionary<string, int> frozen = RoundTrip.Boxed(s_words.ToFrozenDictionary(x => x, x => x.Length, StringComparer.OrdinalIgnoreCase));
        Assert.Equal(5, frozen["GAMMA"]);
        Assert.Equal(3, RoundTrip.Of(Enumerable.Range(0, 50).ToFrozenDictionary(x => x, x => x))[3]);
        ILookup<string, int> lookup = RoundTrip.Of(new[] { ("a", 1), ("A", 2), ("b", 3) }.ToLookup(x => x.Item1, x => x.Item2, StringComparer.OrdinalIgnoreCase));
        Assert.Equal([1, 2], lookup["A"]);
    }

    [Fact]
    public void Lookups_without_items_come_back()
    {
        List<int> none = [];
        Assert.Empty(RoundTrip.Of(none.ToLookup(static n => n)));
        Assert.Empty(RoundTrip.Of(none.ToLookup(static n => $"{n}", StringComparer.OrdinalIgnoreCase)));
        Assert.Empty(RoundTrip.Of(Array.Empty<int>().ToLookup(static n => n)));
        Assert.Empty(RoundTrip.Boxed(none.ToLookup(static n => n)));
    }

    [Fact]
    public void A_group_travels_without_the_others()
    {
        List<IGrouping<int, int>> groups = [.. Enumerable.Range(0, 1_000_000).GroupBy(static n => n / 1000)];
        Assert.InRange(Pickle.Dumps(groups[0]).Length, 4000, 10_000);
        IGrouping<int, int> copy = RoundTrip.Of(groups[3]);
        Assert.Equal(3, copy.Key);
        Assert.Equal(groups[3], copy);
        Assert.Equal(groups[5], RoundTrip.Boxed<IEnumerable<int>>(groups[5]));
        Assert.Equal([1000, 1000], RoundTrip.Of(groups.Take(2).ToArray()).Select(static group => group.Count()));

        object[] mixed = ["a", Thread.CurrentThread, "b"];
        IGrouping<string?, object>[] parts = [.. mixed.GroupBy(static item => item is string ? null : "threads")];
        Assert.Equal(["a", "b"], RoundTrip.Of(parts[0]));
        Assert.Null(RoundTrip.Of(parts[0]).Key);
        Assert.StartsWith("value[0]: Thread cannot", RoundTrip.RefusalOf(parts[1]), StringComparison.Ordinal);

        ILookup<string, string> lookup = s_words.ToLookup(static word => word[..1]);
        Assert.Equal(["gamma"], RoundTrip.Of(lookup.Last()));
    }

    [Theory]
    [InlineData("immutable set")]
    [InlineData("immutable dictionary")]
    [InlineData("frozen set")]
    [InlineData("frozen dictionary")]
    [InlineData("lookup")]
    public void A_table_that_cannot_be_filled_later_is_refused_when_its_own_key_leads_to_it(string kind)
    {
        Member member = new();
        Member[] members = [.. Enumerable.Range(0, 20).Select(static n => new Member { First = $"first {n}" }), member];
        member.First = "own first";
        member.Last = "own last";
        member.Group = MakeTable(kind, members);
        PickleException refused = Assert.Throws<PickleException>(() => RoundTrip.Of(member));
        Assert.Contains("cycle", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("immutable set")]
    [InlineData("immutable dictionary")]
    [InlineData("frozen set")]
    [InlineData("frozen dictionary")]
    [InlineData("lookup")]
    public void A_table_whose_keys_came_before_it_comes_back(string kind)
    {
        Member[] members = [.. Enumerable.Range(0, 20).Select(static n => new Member { First = $"first {n}" })];
        object[] copy = RoundTrip.Of(new object[] { members, MakeTable(kind, members) });
        Assert.All((Member[])copy[0], member => Assert.True(copy[1] switch
        {
            IReadOnlySet<Member> set => set.Contains(member),
            IReadOnlyDictionary<Member, int> map => map[member] == 1,
            ILookup<Member, int> lookup => lookup[member].Single() == 1,
            _ => false,
        }));
    }

    [Fact]
    public void Classes_derived_from_collections_keep_their_own_fields()
    {
        NamedMap map = RoundTrip.Of(new NamedMap("m") { ["Key"] = 1 });
        Assert.Equal("m", map.Name);
        Assert.Equal(1, map["KEY"]);
        NamedList list = RoundTrip.Of(new NamedList { 1, 2 });
        Assert.Equal([1, 2], list);
        Assert.Equal("list", list.Name);
        Cells cells = RoundTrip.Of(new Cells("c") { [(2, 1)] = "y", [(1, 2)] = "x" });
        Assert.Equal("c", cells.Name);
        Assert.Equal(["y", "x"], cells.Values);
    }

    [Fact]
    public void Keys_of_derived_tables_are_hashed_anew_in_another_process()
    {
        using ProcessPool pool = new(1);
        Assert.Equal("x", pool.Apply(static cells => cells[(1, 2)], new Cells("c") { [(1, 2)] = "x" }));
        Assert.Equal("v", pool.Apply(static properties => properties["k"], new PropertyCollection { ["k"] = "v" }));
    }

    [Fact]
    public void A_dictionary_that_is_reached_through_its_own_key_comes_back()
    {
        Key key = new("k");
        key.Owner = new Dictionary<Key, int> { [key] = 5 };
        Key copy = RoundTrip.Of(key);
        Assert.Equal(5, copy.Owner![copy]);
        Dictionary<Key, int> again = RoundTrip.Of(key.Owner);
        Assert.Same(again, again.Keys.Single().Owner);
        Assert.Equal(5, again[again.Keys.Single()]);
        HashSet<Key> set = [key];
        Assert.Contains(RoundTrip.Of(Tuple.Create(set, key)).Item2, RoundTrip.Of(set));
    }

    [Fact]
    public void Lazily_evaluated_queries_come_back()
    {
        List<int> numbers = [1, 2, 3, 4];
        int limit = 2;
        IEnumerable<int> query = RoundTrip.Of(numbers.Where(x => x > limit).Select(x => x * 10));
        Assert.Equal([30, 40], query);
        Assert.Equal([3, 1], RoundTrip.Of(Iterate(3)));
        Assert.Equal([1, 2], RoundTrip.Of(numbers.OrderBy(x => x).Take(2)));
        Assert.Equal([2, 2], RoundTrip.Of(numbers.GroupBy(x => x % 2)).Select(x => x.Count()));
    }

    private static IEnumerable<int> Iterate(int first)
    {
        yield return first;
        yield return 1;
    }

    private sealed class ByLength : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => x?.Length == y?.Length;

        public int GetHashCode(string obj) => obj.Length;
    }

    private sealed class NamedMap(string name) : Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)
    {
        public string Name { get; } = name;
    }

    private sealed class Cells(string name) : OrderedDictionary<(int Row, int Column), string>
    {
        public string Name { get; } = name;
    }

    private sealed class NamedList : List<int>
    {
        public string Name { get; set; } = "list";
    }

    private sealed class Key(string name) : IEquatable<Key>
    {
        public Dictionary<Key, int>? Owner { get; set; }

        private string Name { get; } = name;

        public bool Equals(Key? other) => other?.Name == Name;

        public override bool Equals(object? obj) => Equals(obj as Key);

        public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
    }

    private static object MakeTable(string kind, Member[] members) => kind switch
    {
        "immutable set" => members.ToImmutableHashSet(),
        "immutable dictionary" => members.ToImmutableDictionary(static member => member, static _ => 1),
        "frozen set" => members.ToFrozenSet(),
        "frozen dictionary" => members.ToFrozenDictionary(static member => member, static _ => 1),
        _ => members.ToLookup(static member => member, static _ => 1),
    };

    /// <summary>Equal by what stands before and behind the way back to the table.</summary>
    private sealed class Member : IEquatable<Member>
    {
        public string? First { get; set; }

        public object? Group { get; set; }

        public string? Last { get; set; }

        public bool Equals(Member? other) => other is not null && First == other.First && Last == other.Last;

        public override bool Equals(object? obj) => Equals(obj as Member);

        public override int GetHashCode() => HashCode.Combine(First, Last);
    }
}
