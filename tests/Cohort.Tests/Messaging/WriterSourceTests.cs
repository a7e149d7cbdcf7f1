using Cohort.Messaging;
using Cohort.Serializing;

namespace Cohort.Tests.Messaging;

public sealed class WriterSourceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(1000)]
    [InlineData(70_000)]
    public void CopyTo_InPartsOfAnySize_GivesPrefixAndAllSegments(int partSize)
    {
        // Large arrays stand in the writer by reference, as segments of their own.
        PickleWriter writer = new();
        Pickle.Write(writer, "before");
        Pickle.Write(writer, BytesSource.Content(partSize == 1 ? 70_000 : 300_000, 1));
        Pickle.Write(writer, 12345L);
        WriterSource source = new(writer) { Prefix = 0x04030201 };

        byte[] expected = new byte[writer.TotalLength];
        writer.CopyTo(expected);
        Assert.Equal(4 + expected.Length, source.Length);

        byte[] copied = new byte[source.Length];
        for (long offset = 0; offset < copied.Length; offset += partSize)
        {
            source.CopyTo(offset, copied.AsSpan((int)offset, (int)Math.Min(partSize, copied.Length - offset)));
        }

        Assert.Equal([1, 2, 3, 4], copied[..4]);
        Assert.True(expected.AsSpan().SequenceEqual(copied.AsSpan(4)));
    }
}
