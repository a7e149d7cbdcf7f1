using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

public sealed class PicklerTests
{
    [Fact]
    public void An_attribute_names_the_pickler_of_a_type()
    {
        Assert.Equal("by pickler 5", RoundTrip.Of(new Marked { Text = "5" }).Text);
        Marked[] shared = [new() { Text = "1" }, null!];
        shared[1] = shared[0];
        Marked[] copy = RoundTrip.Of(shared);
        Assert.Same(copy[0], copy[1]);
    }

    [Fact]
    public void An_attribute_can_name_an_open_pickler_and_structs_can_have_one()
    {
        Assert.Equal(3, RoundTrip.Of(new Wrapped<int>(4)).Value);
        Assert.Equal([3, 3], RoundTrip.Of(new[] { new Wrapped<int>(4), new Wrapped<int>(5) }).Select(x => x.Value));
    }

    [Fact]
    public void A_registered_pickler_serves_a_foreign_type_and_comes_before_the_first_use()
    {
        Picklers.Register(new ForeignPickler());
        Assert.Equal(8, RoundTrip.Of(new Foreign(4)).Number);
        Assert.Throws<InvalidOperationException>(() => Picklers.Register(new ForeignPickler()));
        RoundTrip.Of(new Used());
        Assert.Throws<InvalidOperationException>(() => Picklers.Register(new UsedPickler()));
        Assert.Throws<ArgumentNullException>(() => Picklers.Register<Used>(null!));
    }

    [Fact]
    public void Types_that_are_always_written_as_they_are_take_no_pickler()
    {
        Assert.Throws<ArgumentException>(() => Picklers.Register(new NoPickler<string>()));
        Assert.Throws<ArgumentException>(() => Picklers.Register(new NoPickler<int>()));
        Assert.Throws<ArgumentException>(() => Picklers.Register(new NoPickler<bool>()));
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Picklers.Register(new NoPickler<DayOfWeek>()));
        Assert.Contains("DayOfWeek", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pickler_sees_the_context_of_the_message()
    {
        PickleWriter writer = new() { Context = new List<string>() };
        Pickle.Write(writer, new WithContext { Name = "beside" });
        Assert.Equal(["beside"], (List<string>)writer.Context);
        PickleReader reader = new() { Context = writer.Context };
        reader.Reset(writer.Written.ToArray());
        Assert.Equal("beside", Pickle.Read<WithContext>(reader).Name);
    }

    [Fact]
    public void All_primitives_of_writer_and_reader_fit_together()
    {
        AllPickler.All copy = RoundTrip.Of(new AllPickler.All());
        Assert.True(copy.IsRight);
    }

    [Fact]
    public void A_pickler_that_throws_is_named_with_the_path()
    {
        InvalidOperationException cause = new("no");
        PickleException error = Assert.Throws<PickleException>(() => Pickle.Dumps(new[] { new Failing(cause) }));
        Assert.Equal("value[0]", error.Path);
        Assert.Same(cause, error.InnerException);
    }

    private sealed class NoPickler<T> : IPickler<T>
    {
        public void Write(PickleWriter writer, T value) => throw new NotSupportedException();

        public T Read(PickleReader reader) => throw new NotSupportedException();
    }

    [Picklable(typeof(Pickler))]
    private sealed class Marked
    {
        public string? Text { get; set; }

        private sealed class Pickler : IPickler<Marked>
        {
            public void Write(PickleWriter writer, Marked value) => writer.WriteString("by pickler " + value.Text);

            public Marked Read(PickleReader reader) => new() { Text = reader.ReadString() };
        }
    }

    [Picklable(typeof(WrappedPickler<>))]
    private readonly record struct Wrapped<T>(T Value);

    private sealed class WrappedPickler<T> : IPickler<Wrapped<T>>
    {
        public void Write(PickleWriter writer, Wrapped<T> value)
        {
        }

        public Wrapped<T> Read(PickleReader reader) => new((T)(object)3);
    }

    private sealed record Foreign(int Number);

    private sealed class ForeignPickler : IPickler<Foreign>
    {
        public void Write(PickleWriter writer, Foreign value) => writer.WriteInt32(value.Number * 2);

        public Foreign Read(PickleReader reader) => new(reader.ReadInt32());
    }

    private sealed class Used;

    private sealed class UsedPickler : IPickler<Used>
    {
        public void Write(PickleWriter writer, Used value)
        {
        }

        public Used Read(PickleReader reader) => new();
    }

    [Picklable(typeof(ContextPickler))]
    private sealed class WithContext
    {
        public string? Name { get; set; }
    }

    private sealed class ContextPickler : IPickler<WithContext>
    {
        public void Write(PickleWriter writer, WithContext value) => ((List<string>)writer.Context!).Add(value.Name!);

        public WithContext Read(PickleReader reader) => new() { Name = ((List<string>)reader.Context!)[0] };
    }

    [Picklable(typeof(FailingPickler))]
    private sealed record Failing(Exception Cause);

    private sealed class FailingPickler : IPickler<Failing>
    {
        public void Write(PickleWriter writer, Failing value) => throw value.Cause;

        public Failing Read(PickleReader reader) => throw new NotSupportedException();
    }

    private sealed class AllPickler : IPickler<AllPickler.All>
    {
        private static readonly Guid s_id = Guid.Parse("01234567-89ab-cdef-0123-456789abcdef");

        public void Write(PickleWriter writer, All value)
        {
            writer.WriteByte(1);
            writer.WriteBoolean(true);
            writer.WriteInt16(-2);
            writer.WriteInt32(-3);
            writer.WriteInt64(-4);
            writer.WriteSingle(1.5f);
            writer.WriteDouble(2.5);
            writer.WriteGuid(s_id);
            writer.WriteLength(3);
            writer.WriteBytes([1, 2, 3]);
            writer.WriteString("s");
            writer.WriteString(null);
            writer.Write(new List<int> { 1 });
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteLength(-1));
        }

        public All Read(PickleReader reader)
        {
            bool right = reader.ReadByte() == 1 && reader.ReadBoolean() && reader.ReadInt16() == -2 && reader.ReadInt32() == -3
                && reader.ReadInt64() == -4 && reader.ReadSingle() == 1.5f && reader.ReadDouble() == 2.5 && reader.ReadGuid() == s_id
                && reader.ReadLength() == 3 && reader.ReadBytes() is [1, 2, 3] && reader.ReadString() == "s"
                && reader.ReadString() is null && reader.Read<List<int>>() is [1];
            return new All { IsRight = right };
        }

        [Picklable(typeof(AllPickler))]
        internal sealed class All
        {
            public bool IsRight { get; set; }
        }
    }
}
