using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.Serialization;
using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

/// <summary>Hash tables whose keys refer to what came before them, or hold hash tables themselves.</summary>
public sealed class NestedTableTests
{
    private static readonly Person[] s_people = [new("a"), new("b"), new("c")];

    private static readonly Team[] s_teams =
        [new(s_people[0], s_people[1]), new(s_people[0], s_people[2]), new(s_people[1], s_people[2])];

    [Fact]
    public void A_set_of_sets_with_shared_items_comes_back_whole()
    {
        HashSet<HashSet<Person>> copy = RoundTrip.Of(new HashSet<HashSet<Person>>(
            s_teams.Select(static team => team.Members), HashSet<Person>.CreateSetComparer()));
        Assert.Equal(3, copy.Count);
        Assert.All(s_teams, team => Assert.Contains(team.Members, copy));
    }

    [Fact]
    public void Tables_of_keys_that_hold_sets_with_shared_items_find_them()
    {
        AssertAllFound(RoundTrip.Of(s_teams.ToDictionary(static team => team, static team => team.Size)).ContainsKey);
        AssertAllFound(RoundTrip.Of(s_teams.ToFrozenSet()).Contains);
        AssertAllFound(RoundTrip.Of(s_teams.ToFrozenDictionary(static team => team, static _ => 1)).ContainsKey);
        AssertAllFound(RoundTrip.Of(s_teams.ToImmutableHashSet()).Contains);
        AssertAllFound(RoundTrip.Of(s_teams.ToLookup(static team => team)).Contains);
        AssertAllFound(RoundTrip.Of(new ConcurrentDictionary<Team, int>(s_teams.ToDictionary(static team => team, static _ => 1))).ContainsKey);
        AssertAllFound(RoundTrip.Of(new Hashtable(s_teams.ToDictionary(static team => team, static _ => 1))).ContainsKey);
        AssertAllFound(RoundTrip.Of(new OrderedDictionary<Team, int>(s_teams.ToDictionary(static team => team, static _ => 1))).ContainsKey);
        Assert.Equal([2, 2, 2], RoundTrip.Of(s_teams.ToDictionary(static team => team, static team => team.Size)).Values);
    }

    [Fact]
    public void A_pickler_sees_a_full_table_of_items_that_came_before_it()
    {
        (Person[] people, Roster roster) = RoundTrip.Of((s_people, new Roster([.. s_people])));
        Assert.Equal(people, roster.Members);
    }

    [Fact]
    public void A_callback_sees_full_tables_of_items_that_came_before_them()
    {
        (Person[] people, Index index) = RoundTrip.Of((s_people, new Index(s_people)));
        Assert.Equal(3, index.InSet);
        Assert.Equal(3, index.InMap);
        Assert.Contains(people[0], index.Set);
    }

    [Fact]
    public void The_second_value_of_a_message_finds_its_tables_full()
    {
        PickleWriter writer = new();
        Pickle.Write(writer, s_people);
        Pickle.Write(writer, new Roster([.. s_people]));
        Pickle.Write(writer, s_teams.ToFrozenSet());
        PickleReader reader = new();
        reader.Reset(writer.Written.ToArray());
        Pickle.Read<Person[]>(reader);
        Assert.Equal(3, Pickle.Read<Roster>(reader).Members.Count);
        AssertAllFound(Pickle.Read<FrozenSet<Team>>(reader).Contains);
    }

    [Fact]
    public void Keys_that_are_incomplete_when_they_are_read_are_found_in_the_end()
    {
        Owner owner = new() { First = "first", Last = "last" };
        Owner other = new() { First = "other", Last = "one" };
        owner.Set = [owner, other];
        owner.Map = new() { [other] = 1, [owner] = 2 };
        owner.Table = new Hashtable { [owner] = 1, [other] = 2 };
        owner.Ordered = new() { [owner] = 1, [other] = 2 };
        Owner copy = RoundTrip.Of(owner);
        Assert.Equal(2, copy.Set!.Count);
        Assert.Contains(copy, copy.Set);
        Assert.Contains(other, copy.Set);
        Assert.Equal((1, 2), (copy.Map![other], copy.Map[copy]));
        Assert.Equal([other, copy], copy.Map.Keys);
        Assert.Equal((1, 2), (copy.Table![copy], copy.Table[other]));
        Assert.Equal((1, 2), (copy.Ordered![copy], copy.Ordered[other]));
        Assert.Equal([copy, other], copy.Ordered.Keys);
    }

    [Fact]
    public void Incomplete_keys_that_seem_equal_are_not_taken_for_one()
    {
        Owner first = new() { First = "same", Last = "1" };
        Owner second = new() { First = "same", Last = "2" };
        first.Set = second.Set = [first, second];
        Owner[] copy = RoundTrip.Of(new[] { first, second });
        Assert.Equal(2, copy[0].Set!.Count);
        Assert.All(copy, owner => Assert.Contains(owner, copy[0].Set!));
        Assert.Same(copy[0].Set, copy[1].Set);
    }

    [Fact]
    public void A_table_whose_key_holds_a_table_that_is_completed_later_is_hashed_again()
    {
        // The hash of the team is right only when the set in it has been hashed again.
        Owner owner = new() { First = "first", Last = "last" };
        Team team = new();
        team.Owners.Add(owner);
        owner.Teams = [team];
        Owner copy = RoundTrip.Of(owner);
        Team only = copy.Teams!.Single();
        Assert.Contains(copy, only.Owners);
        Assert.Contains(only, copy.Teams!);
    }

    [Fact]
    public void What_a_callback_adds_to_a_table_stays()
    {
        Adding adding = new() { Name = "n", Last = "last" };
        adding.Set = [adding];
        Adding copy = RoundTrip.Of(adding);
        Assert.Equal(2, copy.Set!.Count);
        Assert.Contains(copy, copy.Set);
    }

    [Fact]
    public void Keys_that_do_not_equal_themselves_come_back()
    {
        Odd odd = new();
        Assert.Equal(3, RoundTrip.Of((odd, new HashSet<Odd> { odd, new(), new() })).Item2.Count);
    }

    private static void AssertAllFound(Func<Team, bool> contains) => Assert.All(s_teams, team => Assert.True(contains(team)));

    private sealed record Person(string Name);

    private sealed class Team(params Person[] people) : IEquatable<Team>
    {
        public HashSet<Person> Members { get; } = [.. people];

        public HashSet<Owner> Owners { get; } = [];

        public int Size => Members.Count;

        public bool Equals(Team? other) => other is not null && Members.SetEquals(other.Members) && Owners.SetEquals(other.Owners);

        public override bool Equals(object? obj) => Equals(obj as Team);

        public override int GetHashCode() =>
            HashSet<Person>.CreateSetComparer().GetHashCode(Members) ^ Owners.Sum(static owner => owner.GetHashCode());
    }

    /// <summary>Equal by what stands before and behind the way back to the tables.</summary>
    private sealed class Owner : IEquatable<Owner>
    {
        public string? First { get; set; }

        public HashSet<Owner>? Set { get; set; }

        public Dictionary<Owner, int>? Map { get; set; }

        public Hashtable? Table { get; set; }

        public OrderedDictionary<Owner, int>? Ordered { get; set; }

        public HashSet<Team>? Teams { get; set; }

        public string? Last { get; set; }

        public bool Equals(Owner? other) => other is not null && First == other.First && Last == other.Last;

        public override bool Equals(object? obj) => Equals(obj as Owner);

        public override int GetHashCode() => First!.Length + (Last!.GetHashCode(StringComparison.Ordinal) >> 8);
    }

    [Picklable(typeof(Pickler))]
    private sealed class Roster(HashSet<Person> members)
    {
        public List<Person> Members { get; } = [.. members];

        private sealed class Pickler : IPickler<Roster>
        {
            public void Write(PickleWriter writer, Roster value) => writer.Write(value.Members.ToHashSet());

            public Roster Read(PickleReader reader) => new(reader.Read<HashSet<Person>>());
        }
    }

    private sealed class Index(Person[] people)
    {
        public HashSet<Person> Set { get; } = [.. people];

        public Dictionary<Person, int> Map { get; } = people.ToDictionary(static person => person, static _ => 1);

        public int InSet { get; private set; }

        public int InMap { get; private set; }

        [OnDeserialized]
        private void Count(StreamingContext context) => (InSet, InMap) = (Set.Count, Map.Count);
    }

    private sealed class Adding
    {
        public string? Name { get; set; }

        public HashSet<Adding>? Set { get; set; }

        public string? Last { get; set; }

        public override bool Equals(object? obj) => obj is Adding other && (Name, Last) == (other.Name, other.Last);

        public override int GetHashCode() => HashCode.Combine(Name, Last);

        [OnDeserialized]
        private void Add(StreamingContext context) => Set!.Add(new Adding { Name = "added" });
    }

    private sealed class Odd
    {
        private readonly int _number = 1;

        public override bool Equals(object? obj) => false;

        public override int GetHashCode() => _number;
    }
}
