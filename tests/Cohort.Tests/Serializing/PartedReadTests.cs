using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

/// <summary>A message in two parts, of which the first is gone once the second is there: nothing may still look at it then.</summary>
public sealed unsafe class PartedReadTests
{
    public static TheoryData<string> Values { get; } = [.. All().Select(static value => Text(value))];

    [Theory]
    [MemberData(nameof(Values))]
    public void Wherever_a_message_is_cut_its_value_arrives(string text)
    {
        object value = All().First(value => Text(value) == text);
        byte[] message = Pickle.Dumps(value);
        for (int cut = 0; cut <= message.Length; cut++)
        {
            byte[] first = Pinned(message.AsSpan(0, cut));
            Parts parts = new(first, Pinned(message.AsSpan(cut)));
            PickleReader reader = new();
            fixed (byte* start = first)
            {
                reader.Reset(start, cut, parts);
                Assert.Equal(text, Text(Pickle.Read<object>(reader)));
            }

            Assert.Equal(0, reader.Remaining);
        }
    }

    private static object[] All() =>
    [
        IPAddress.Parse("127.0.0.1"), IPAddress.Parse("fe80::1%5"), new IPEndPoint(IPAddress.Parse("::2"), 80), BigInteger.Pow(10, 40), Guid.Empty,
        decimal.MaxValue, new Version(1, 2, 3, 4), new Uri("http://example.org/a?b"), DateTimeOffset.UnixEpoch, "text", "sch\u00f6n",
        Encoding.UTF8, CultureInfo.GetCultureInfo("fr-FR"), typeof(Dictionary<string, int>), new StringBuilder("built"),
    ];

    private static string Text(object value) => string.Create(CultureInfo.InvariantCulture, $"{value.GetType().Name} {value}");

    private static byte[] Pinned(ReadOnlySpan<byte> bytes)
    {
        byte[] pinned = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(pinned);
        return pinned;
    }

    private sealed class Parts(byte[] first, byte[] second) : IPickleSource
    {
        public long Remaining { get; private set; } = second.Length;

        public byte* Next(out int length)
        {
            first.AsSpan().Fill(0xEE);
            Remaining = 0;
            length = second.Length;
            fixed (byte* start = second)
            {
                return start;
            }
        }
    }
}
