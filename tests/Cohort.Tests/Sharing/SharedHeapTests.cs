using Cohort.Sharing;

namespace Cohort.Tests.Sharing;

/// <summary>Where shared objects lie in memory: many of them come and go, small ones in slabs, large ones by themselves.</summary>
public sealed class SharedHeapTests
{
    /// <summary>_TestHeap.test_heap.</summary>
    [Fact]
    public void Allocate_AndDispose_AtRandom_NoneOverlapsAnotherAndEachStartsZeroed()
    {
        Random random = new(12345);
        List<(RawSharedArray<byte> Array, byte Mark)> living = [];
        for (int i = 0; i < 3000; i++)
        {
            if (random.Next(100) < 55 || living.Count == 0)
            {
                // Mostly small ones, some of a slab's largest, some that have a file to themselves.
                int size = random.Next(20) switch
                {
                    0 => random.Next(4000, 9000),
                    1 or 2 => random.Next(500, 4096),
                    _ => random.Next(0, 200),
                };
                RawSharedArray<byte> made = new(size);
                Assert.Equal(-1, made.Span.IndexOfAnyExcept((byte)0));
                made.Span.Fill((byte)(i | 1));
                living.Add((made, (byte)(i | 1)));
            }
            else
            {
                int victim = random.Next(living.Count);
                (RawSharedArray<byte> array, byte mark) = living[victim];
                Assert.Equal(-1, array.Span.IndexOfAnyExcept(mark));
                array.Dispose();
                living[victim] = living[^1];
                living.RemoveAt(living.Count - 1);
            }
        }

        foreach ((RawSharedArray<byte> array, byte mark) in living)
        {
            Assert.Equal(-1, array.Span.IndexOfAnyExcept(mark));
            array.Dispose();
        }
    }

    /// <summary>_TestSharedCTypes.test_copy.</summary>
    [Fact]
    public void Copy_OfAnArrayOrAValue_IsIndependent()
    {
        using RawSharedArray<(int, double)> array = new([(7, 9.81), (1, 2)]);
        using RawSharedArray<(int, double)> copy = new(array.Span);
        using RawSharedValue<(int, double)> value = new((7, 9.81));
        using RawSharedValue<(int, double)> other = new(value.Value);
        array[0] = (0, 0);
        value.Value = (0, 0);

        Assert.Equal([(7, 9.81), (1, 2)], copy.ToArray());
        Assert.Equal((7, 9.81), other.Value);
    }
}
