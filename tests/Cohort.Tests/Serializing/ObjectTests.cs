using System.Data;
using System.Dynamic;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Serialization;

namespace Cohort.Tests.Serializing;

public sealed class ObjectTests
{
    private interface IShape
    {
        double Area { get; }
    }

    [Fact]
    public void Private_and_read_only_fields_come_back_without_a_default_constructor()
    {
        Account account = RoundTrip.Of(new Account(7, "owner"));
        Assert.Equal("7 owner 1", account.ToString());
    }

    [Fact]
    public void Private_fields_of_base_classes_come_back()
    {
        Derived copy = RoundTrip.Of(new Derived(1, 2));
        Assert.Equal((1, 2), copy.Both);
    }

    [Fact]
    public void Fields_of_base_and_interface_types_keep_the_type_of_their_object()
    {
        Holder copy = RoundTrip.Of(new Holder { Shape = new Circle(2), Any = new Circle(1), Shapes = [new Square(3), new Circle(0)] });
        Assert.IsType<Circle>(copy.Shape);
        Assert.IsType<Circle>(copy.Any);
        Assert.Equal(9, copy.Shapes![0].Area);
        Assert.IsType<Derived>(RoundTrip.Of<Base>(new Derived(1, 2)));
    }

    [Fact]
    public void The_same_types_come_back_when_their_fields_are_accessed_by_compiled_code()
    {
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal($"{i} owner 1", RoundTrip.Of(new Account(i, "owner")).ToString());
            Assert.Equal(9, RoundTrip.Of(new Holder { Shapes = [new Square(3)] }).Shapes![0].Area);
            Assert.Equal(i, RoundTrip.Of(new Mixed { Small = 1, Text = "t", Number = i, Inner = (1, "x") }).Number);
        }
    }

    [Fact]
    public void Structs_with_references_and_inline_arrays_come_back()
    {
        Mixed copy = RoundTrip.Of(new Mixed { Small = 1, Text = "t", Number = 2, Inner = (3, "x") });
        Assert.Equal(((byte)1, "t", 2L, (3, "x")), (copy.Small, copy.Text, copy.Number, copy.Inner));
        Four<string> names = default;
        names[2] = "two";
        Assert.Equal("two", RoundTrip.Of(names)[2]);
        Four<int> numbers = default;
        numbers[3] = 5;
        Assert.Equal(5, RoundTrip.Of(numbers)[3]);
        Assert.Equal(5, ((Four<int>)RoundTrip.Boxed<object>(numbers))[3]);
    }

    [Fact]
    public void Fields_marked_not_serialized_stay_behind_and_callbacks_run_in_order()
    {
        WithCallbacks copy = RoundTrip.Of(new WithCallbacks { Kept = "kept", Dropped = "dropped" });
        Assert.Equal("kept", copy.Kept);
        Assert.Equal("rebuilt from kept", copy.Dropped);
        Assert.Equal(["deserializing", "deserialized"], copy.Log);
    }

    [Fact]
    public void Expression_trees_come_back_and_compile()
    {
        int offset = 10;
        Expression<Func<int, int>> expression = x => Math.Abs(x) + offset;
        Assert.Equal(15, RoundTrip.Of(expression).Compile()(-5));
    }

    [Fact]
    public void Expando_objects_come_back_as_they_are_now()
    {
        ExpandoObject expando = new();
        IDictionary<string, object?> members = expando;
        members["B"] = 1;
        members["gone"] = Thread.CurrentThread;
        members["A"] = "two";
        members["self"] = expando;
        members.Remove("gone");
        Assert.All([RoundTrip.Of(expando), RoundTrip.Boxed(expando)], static copy =>
        {
            IDictionary<string, object?> copied = copy;
            Assert.Equal(["B", "A", "self"], copied.Keys);
            Assert.Equal(3, copied.Count);
            Assert.Equal([1, "two"], copied.Values.Take(2));
            Assert.Same(copy, copied["self"]);
            Assert.False(copied.ContainsKey("gone"));
            copied["gone"] = "back";
            Assert.Equal("back", ((dynamic)copy).gone);
        });
        members["now"] = Thread.CurrentThread;
        Assert.StartsWith("value.now: Thread cannot", RoundTrip.RefusalOf(expando), StringComparison.Ordinal);
    }

    [Fact]
    public void Reflection_objects_are_the_same_ones()
    {
        MemberInfo[] members =
        [
            typeof(Account).GetMethod("ToString")!, typeof(Derived).GetConstructors()[0], typeof(Derived).GetProperty("Both")!,
            typeof(Base).GetField("_secret", BindingFlags.Instance | BindingFlags.NonPublic)!,
            typeof(List<int>).GetMethod("Add")!, typeof(Enumerable).GetMethod("Empty")!.MakeGenericMethod(typeof(string)),
            typeof(Enumerable).GetMethod("Empty")!, typeof(Derived).GetMethod("Inherited")!, typeof(AppDomain).GetEvent("ProcessExit")!,
            typeof(List<string>).GetField("_size", BindingFlags.Instance | BindingFlags.NonPublic)!,
            typeof(Derived).GetMethod("Echo")!, typeof(Derived).GetMethod("Echo")!.MakeGenericMethod(typeof(int)),
            typeof(Base).GetMethod("Echo")!.MakeGenericMethod(typeof(int)),
        ];
        Assert.Equal(members, RoundTrip.Of(members));
        ParameterInfo parameter = typeof(Math).GetMethod("Clamp", [typeof(int), typeof(int), typeof(int)])!.GetParameters()[1];
        Assert.Equal(parameter, RoundTrip.Of(parameter));
        Assert.Same(typeof(ObjectTests).Assembly, RoundTrip.Of(typeof(ObjectTests).Assembly));
        Assert.Same(typeof(ObjectTests).Module, RoundTrip.Of(typeof(ObjectTests).Module));
    }

    [Fact]
    public void Data_tables_come_back_with_their_row_states()
    {
        DataTable table = new();
        table.Columns.Add("Id", typeof(int));
        table.Columns.Add("Name", typeof(string));
        table.Rows.Add(1, "one");
        table.AcceptChanges();
        table.Rows[0]["Name"] = "changed";
        table.Rows.Add(2, DBNull.Value);
        DataTable copy = RoundTrip.Of(table);
        Assert.Equal("", copy.TableName);
        Assert.Equal("one", copy.Rows[0]["Name", DataRowVersion.Original]);
        Assert.Equal("changed", copy.Rows[0]["Name"]);
        Assert.Same(DBNull.Value, copy.Rows[1]["Name"]);
        Assert.Equal(DataRowState.Added, copy.Rows[1].RowState);
        DataSet set = new("set");
        table.TableName = "t";
        set.Tables.Add(table);
        Assert.Equal(2, RoundTrip.Of(set).Tables["t"]!.Rows.Count);
    }

    [Fact]
    public void Data_tables_keep_the_ends_of_lines_in_their_cells()
    {
        const string Before = "a\r\nb\rc\nd";
        const string After = "\re\r\n\tf\n";
        DataTable table = new("t");
        table.Columns.Add("Text", typeof(string)).DefaultValue = "\r\n";
        table.Columns.Add(new DataColumn("Attribute", typeof(string), null, MappingType.Attribute));
        table.Rows.Add(Before, Before);
        table.AcceptChanges();
        table.Rows[0]["Text"] = table.Rows[0]["Attribute"] = After;
        DataSet set = new("set");
        set.Tables.Add(table);
        Assert.All([RoundTrip.Of(table), RoundTrip.Of(set).Tables["t"]!], static copy =>
        {
            Assert.Equal("\r\n", copy.Columns["Text"]!.DefaultValue);
            Assert.All(["Text", "Attribute"], column =>
            {
                Assert.Equal(Before, copy.Rows[0][column, DataRowVersion.Original]);
                Assert.Equal(After, copy.Rows[0][column]);
            });
        });
    }

    [Fact]
    public void Types_that_refer_to_each_other_can_be_met_first_on_many_threads_at_once()
    {
        using Barrier start = new(4);
        Parallel.Invoke(
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            () => FromThread(start, () => Assert.Equal(1, RoundTrip.Of(new Left { Right = new Right { Left = new Left(), Number = 1 } }).Right!.Number)),
            () => FromThread(start, () => Assert.Equal(2, RoundTrip.Of(new Right { Left = new Left { Right = new Right() }, Number = 2 }).Number)),
            () => FromThread(start, () => Assert.Equal(3, RoundTrip.Of(new List<Left> { new() { Right = new Right { Number = 3 } } })[0].Right!.Number)),
            () => FromThread(start, () => Assert.Single(RoundTrip.Of(new Dictionary<int, Right> { [1] = new Right() }))));
    }

    private static void FromThread(Barrier start, Action action)
    {
        start.SignalAndWait(TimeSpan.FromSeconds(1));
        action();
    }

    [InlineArray(4)]
    private struct Four<T>
    {
        private T _first;
    }

    private struct Mixed
    {
        public byte Small;
        public string Text;
        public long Number;
        public (int, string) Inner;
    }

    private sealed class Left
    {
        public Right? Right { get; set; }
    }

    private sealed class Right
    {
        public Left? Left { get; set; }

        public int Number { get; set; }
    }

    private sealed class Account(int number, string owner)
    {
        private readonly int _number = number;
        private int _changes = 1;

        public override string ToString() => $"{_number} {owner} {_changes++}";
    }

    private class Base(int secret)
    {
        private readonly int _secret = secret;

        public int Secret => _secret;

        public T Echo<T>(T value) => value;

        public void Inherited()
        {
        }
    }

    private sealed class Derived(int first, int second) : Base(first)
    {
        private readonly int _secret = second;

        public (int, int) Both => (Secret, _secret);
    }

    private sealed record Circle(double Radius) : IShape
    {
        public double Area => Math.PI * Radius * Radius;
    }

    private readonly record struct Square(double Side) : IShape
    {
        public double Area => Side * Side;
    }

    private sealed class Holder
    {
        public IShape? Shape { get; set; }

        public object? Any { get; set; }

        public List<IShape>? Shapes { get; set; }
    }

    [Serializable]
    private sealed class WithCallbacks
    {
        [NonSerialized]
        private List<string>? _log;

        [NonSerialized]
        private string? _dropped;

        public string? Kept { get; set; }

        public string? Dropped { get => _dropped; set => _dropped = value; }

        public List<string>? Log => _log;

        [OnSerializing]
        private void Prepare(StreamingContext context) => _log = ["serializing"];

        [OnSerialized]
        private void Done(StreamingContext context) => _log!.Add("serialized");

        [OnDeserializing]
        private void Start(StreamingContext context) => _log = ["deserializing"];

        [OnDeserialized]
        private void Finish(StreamingContext context)
        {
            _log!.Add("deserialized");
            _dropped = "rebuilt from " + Kept;
        }
    }
}
