using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

public sealed class ValueTests
{
    public enum Colour : long
    {
        Red = -5,
        Blue = long.MaxValue,
    }

    public static TheoryData<object?> Values =>
    [
        true, (byte)200, (sbyte)-3, 'x', (short)-7, (ushort)7, -1, 5u, long.MinValue, ulong.MaxValue, 1.5f, double.NaN,
        79228162514264337593543950335m, (Half)1.5, Int128.MinValue, UInt128.MaxValue, new Complex(1, -2),
        BigInteger.Pow(7, 300), BigInteger.Zero, -BigInteger.One, "", "text", "ünïcödé 世界", "\ud800 lone", new string('x', 63),
        new string('é', 400), new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc), new DateTime(5, DateTimeKind.Local),
        new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.FromHours(5.5)), new DateOnly(2021, 3, 4), new TimeOnly(1, 2, 3),
        TimeSpan.FromTicks(-1), Guid.Parse("01234567-89ab-cdef-0123-456789abcdef"), new Index(3, true), 1..^2, Colour.Red, Colour.Blue,
        (1, "two", 3.0), Tuple.Create(1, "x"), (1, 2, 3, 4, 5, 6, 7, "8", 9), new Pair<int, string>(1, "a"), new Version(1, 2, 3),
        new Uri("https://example.org/a%20b?q=1#f"), new Uri("rel/path", UriKind.Relative), DBNull.Value,
        typeof(int), typeof(List<>), typeof(Dictionary<string, List<int[]>>), typeof(int[,]), typeof(int).MakeByRefType(),
        typeof(Pair<,>).GetGenericArguments()[1], typeof(ValueTests), IPAddress.Parse("10.1.2.3"), IPAddress.Parse("fe80::1%3"),
        new IPEndPoint(IPAddress.Any, 80), CultureInfo.InvariantCulture, CultureInfo.GetCultureInfo("de-DE"),
        CultureInfo.GetCultureInfo("fr").CompareInfo, TimeZoneInfo.Utc, XName.Get("n", "urn:x"), XNamespace.None,
        new { Name = "anonymous", Value = 3 }, new Rune(0x1F600), DayOfWeek.Friday,
    ];

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void A_value_comes_back_through_an_object_slot(object? value)
    {
        object? copy = Pickle.Loads<object?>(Pickle.Dumps(value));
        Assert.Equal(value, copy);
        Assert.Equal(value?.GetType(), copy?.GetType());
    }

    [Fact]
    public void A_value_comes_back_through_a_slot_of_its_own_type()
    {
        Assert.Equal(5, RoundTrip.Of(5));
        Assert.Equal("x", RoundTrip.Of("x"));
        Assert.Null(RoundTrip.Of<string?>(null));
        Assert.Equal(3, RoundTrip.Of<int?>(3));
        Assert.Null(RoundTrip.Of<int?>(null));
        Assert.Equal((1, "a"), RoundTrip.Of<(int, string)?>((1, "a")));
        Assert.Null(RoundTrip.Of<(int, string)?>(null));
        Assert.Equal(Colour.Blue, RoundTrip.Of(Colour.Blue));
        Assert.Equal(DateTimeKind.Local, RoundTrip.Of(new DateTime(5, DateTimeKind.Local)).Kind);
        Assert.Equal(default, RoundTrip.Of(default(ValueTuple)));
        Assert.Equal(typeof(string), RoundTrip.Of(typeof(string)));
        Assert.Equal(new Pair<int, string>(4, "b"), RoundTrip.Of(new Pair<int, string>(4, "b")));
    }

    [Fact]
    public void Singletons_keep_their_identity()
    {
        Assert.Same(DBNull.Value, RoundTrip.Boxed(DBNull.Value));
        Assert.Same(System.Reflection.Missing.Value, RoundTrip.Boxed(System.Reflection.Missing.Value));
        Assert.Equal(IPAddress.Loopback, RoundTrip.Boxed(IPAddress.Loopback));
        Assert.Same(StringComparer.Ordinal, RoundTrip.Of(StringComparer.Ordinal));
        Assert.Same(StringComparer.OrdinalIgnoreCase, RoundTrip.Boxed(StringComparer.OrdinalIgnoreCase));
        Assert.Same(StringComparer.InvariantCultureIgnoreCase, RoundTrip.Of(StringComparer.InvariantCultureIgnoreCase));
        Assert.Same(EqualityComparer<int>.Default, RoundTrip.Of<IEqualityComparer<int>>(EqualityComparer<int>.Default));
        Assert.Same(EqualityComparer<string>.Default, RoundTrip.Boxed(EqualityComparer<string>.Default));
        Assert.Same(Comparer<Version>.Default, RoundTrip.Of<IComparer<Version>>(Comparer<Version>.Default));
        Assert.Same(ReferenceEqualityComparer.Instance, RoundTrip.Boxed(ReferenceEqualityComparer.Instance));
        Assert.Same(Random.Shared, RoundTrip.Of(Random.Shared));
        Assert.Same(Encoding.UTF8, RoundTrip.Of(Encoding.UTF8));
        Assert.Same(TimeZoneInfo.Utc, RoundTrip.Of(TimeZoneInfo.Utc));
    }

    [Fact]
    public void Memory_comes_back_as_what_it_shows()
    {
        int[] numbers = [1, 2, 3, 4];
        Assert.Equal([2, 3], RoundTrip.Of(numbers.AsMemory(1, 2)).ToArray());
        Assert.Equal("ell", RoundTrip.Of("hello".AsMemory(1, 3)).ToString());
        Assert.True(RoundTrip.Of(default(Memory<string>)).IsEmpty);
        ArraySegment<int> segment = RoundTrip.Of(new ArraySegment<int>(numbers, 1, 2));
        Assert.Equal(1, segment.Offset);
        Assert.Equal([2, 3], segment);
    }

    [Fact]
    public void Cultures_encodings_and_time_zones_come_back_by_name()
    {
        CultureInfo changed = new("de-DE");
        changed.NumberFormat.NumberDecimalSeparator = "|";
        changed.DateTimeFormat.ShortDatePattern = "yyyy~MM";
        CultureInfo culture = RoundTrip.Of(changed);
        Assert.Equal("1|5", 1.5.ToString(culture));
        Assert.Equal("2020~02", new DateTime(2020, 2, 1).ToString("d", culture));
        Assert.Empty(RoundTrip.Of<Encoding>(new UTF8Encoding(false)).Preamble.ToArray());
        Assert.Throws<DecoderFallbackException>(() => RoundTrip.Of<Encoding>(new UTF8Encoding(false, true)).GetString([0xFF]));
        Assert.Equal(1200, RoundTrip.Of(Encoding.Unicode).CodePage);
        Assert.Equal(1252, RoundTrip.Of(CodePagesEncodingProvider.Instance.GetEncoding(1252)!).CodePage);
        TimeZoneInfo made = TimeZoneInfo.CreateCustomTimeZone("mine", TimeSpan.FromHours(3), "Mine", "Mine");
        Assert.Equal(made, RoundTrip.Of(made));
        Assert.Equal(new NumberFormatInfo { NaNSymbol = "x" }.NaNSymbol, RoundTrip.Of(new NumberFormatInfo { NaNSymbol = "x" }).NaNSymbol);
    }

    [Theory]
    [InlineData("de-DE", null)]
    [InlineData("th-TH", null)]
    [InlineData("th-TH", typeof(GregorianCalendar))]
    [InlineData("ja-JP", typeof(JapaneseCalendar))]
    [InlineData("he-IL", typeof(HebrewCalendar))]
    [InlineData("ar-SA", null)]
    [InlineData("fa-IR", null)]
    public void A_changed_culture_comes_back_with_its_calendar_and_names(string name, Type? calendar)
    {
        CultureInfo changed = new(name);
        changed.TextInfo.ListSeparator = "/";
        DateTimeFormatInfo dates = changed.DateTimeFormat;
        dates.Calendar = calendar is null ? dates.Calendar : (Calendar)Activator.CreateInstance(calendar)!;
        dates.DayNames = [.. dates.DayNames.Select(static (_, n) => $"day {n}")];
        dates.AbbreviatedDayNames = [.. dates.AbbreviatedDayNames.Select(static (_, n) => $"d{n}")];
        dates.ShortestDayNames = [.. dates.ShortestDayNames.Select(static (_, n) => $"{n}")];
        dates.MonthNames = [.. dates.MonthNames.Select(static (_, n) => $"month {n}")];
        dates.MonthGenitiveNames = [.. dates.MonthGenitiveNames.Select(static (_, n) => $"of month {n}")];
        dates.AbbreviatedMonthNames = [.. dates.AbbreviatedMonthNames.Select(static (_, n) => $"m{n}")];
        dates.AbbreviatedMonthGenitiveNames = [.. dates.AbbreviatedMonthGenitiveNames.Select(static (_, n) => $"of m{n}")];
        CultureInfo copy = RoundTrip.Of(changed);
        Assert.Equal("/", copy.TextInfo.ListSeparator);
        Assert.Equal(dates.Calendar.GetType(), copy.DateTimeFormat.Calendar.GetType());
        DateTime date = new(2024, 5, 17, 3, 4, 5);
        foreach (string format in (string[])["dddd ddd d MMMM yyyy", "MMMM yyyy", "MMM", "D", "F", "y", "d MMM gg"])
        {
            Assert.Equal(date.ToString(format, changed), date.ToString(format, copy));
        }

        Assert.Equal(dates.ShortestDayNames, copy.DateTimeFormat.ShortestDayNames);
    }

    [Fact]
    public void A_changed_culture_that_was_made_read_only_keeps_its_changes()
    {
        CultureInfo changed = new("de-DE");
        changed.NumberFormat.NumberDecimalSeparator = "|";
        changed.DateTimeFormat.ShortDatePattern = "yyyy~MM";
        CultureInfo copy = RoundTrip.Of(CultureInfo.ReadOnly(changed));
        Assert.True(copy.IsReadOnly);
        Assert.Equal("1|5", 1.5.ToString(copy));
        Assert.Equal("2020~02", new DateTime(2020, 2, 1).ToString("d", copy));
        Assert.Same(CultureInfo.GetCultureInfo("de-DE"), RoundTrip.Of(CultureInfo.GetCultureInfo("de-DE")));
        Assert.Same(CultureInfo.InvariantCulture, RoundTrip.Of(CultureInfo.InvariantCulture));
        Assert.False(RoundTrip.Of(changed).IsReadOnly);
    }

    [Fact]
    public void Json_that_only_options_allow_comes_back()
    {
        string deep = string.Concat(Enumerable.Repeat('[', 500)) + string.Concat(Enumerable.Repeat(']', 500));
        string text = $"[/* why */ 1, {deep}, // end\n]";
        JsonDocumentOptions options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 1000 };
        JsonDocument document = JsonDocument.Parse(text, options);
        Assert.Equal(deep, RoundTrip.Of(document).RootElement[1].GetRawText());
        Assert.Equal(1, RoundTrip.Of(document.RootElement)[0].GetInt32());
        Assert.Equal(deep, RoundTrip.Of(document.RootElement[1]).GetRawText());
        JsonNode node = JsonNode.Parse(text, null, options)!;
        Assert.Equal(1, RoundTrip.Of(node)[0]!.GetValue<int>());
    }

    [Fact]
    public void Text_machinery_comes_back()
    {
        Regex regex = RoundTrip.Of(new Regex("(?<y>[0-9]+)-x", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(3)));
        Assert.Equal("12", regex.Match("a12-X").Groups["y"].Value);
        Assert.Equal(TimeSpan.FromSeconds(3), regex.MatchTimeout);
        Assert.Equal("abc", RoundTrip.Of(new StringBuilder("ab").Append('c')).ToString());
        JsonNode node = JsonNode.Parse("""{"a":[1,"x",null,{"b":2.5}],"c":true}""")!;
        Assert.True(JsonNode.DeepEquals(node, RoundTrip.Of(node)));
        JsonObject built = new() { ["when"] = JsonValue.Create(5), ["list"] = new JsonArray("q") };
        Assert.True(JsonNode.DeepEquals(built, RoundTrip.Of(built)));
        Assert.Equal("[1,2]", RoundTrip.Of(JsonDocument.Parse("[1,2]")).RootElement.GetRawText());
        Assert.Equal(2, RoundTrip.Of(JsonDocument.Parse("[1,2]").RootElement).GetArrayLength());
        XElement element = RoundTrip.Of(XElement.Parse("<r a='1'><c>t</c></r>"));
        Assert.Equal("t", element.Element("c")!.Value);
    }

    [Fact]
    public void Random_and_lazy_come_back_in_their_state()
    {
        Random random = new(42);
        random.Next();
        Random copy = RoundTrip.Of(random);
        Assert.Equal(random.Next(), copy.Next());
        Random fast = new();
        Assert.Equal(RoundTrip.Of(fast).NextInt64(), fast.NextInt64());
        int seven = 7;
        Lazy<int> lazy = RoundTrip.Of(new Lazy<int>(() => seven * 6));
        Assert.False(lazy.IsValueCreated);
        Assert.Equal(42, lazy.Value);
        Lazy<string> made = new("made");
        Assert.Equal("made", RoundTrip.Of(made).Value);
    }

    [Fact]
    public void A_cancellation_token_comes_back_if_it_cannot_change()
    {
        Assert.Equal(CancellationToken.None, RoundTrip.Of(CancellationToken.None));
        Assert.True(RoundTrip.Of(new CancellationToken(true)).IsCancellationRequested);
    }

    [Fact]
    public void A_memory_stream_comes_back_with_its_position()
    {
        MemoryStream stream = new();
        stream.Write([1, 2, 3]);
        stream.Position = 1;
        MemoryStream copy = RoundTrip.Of(stream);
        Assert.Equal(2, copy.ReadByte());
        copy.Position = 3;
        copy.WriteByte(9);
        Assert.Equal([1, 2, 3, 9], copy.ToArray());
    }

    public sealed record Pair<TFirst, TSecond>(TFirst First, TSecond Second);
}
