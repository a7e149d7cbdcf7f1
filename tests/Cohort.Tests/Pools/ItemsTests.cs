using System.Collections;
using Cohort.Pools;

namespace Cohort.Tests.Pools;

public sealed class ItemsTests
{
    [Fact]
    public void ToMemory_AnyKindOfInput_HasItsItems()
    {
        int[] expected = [3, 1, 2];

        Assert.Equal(expected, Items.ToMemory(expected, out int[]? ofArray).ToArray());
        Assert.Null(ofArray);
        Assert.Equal(expected, Items.ToMemory(new List<int>(expected), out int[]? ofList).ToArray());
        Assert.NotNull(ofList);
        Assert.Equal(expected, Items.ToMemory(expected.Where(static _ => true), out _).ToArray());
        Assert.True(Items.ToMemory(new List<int>(), out _).IsEmpty);
    }

    [Fact]
    public void ToMemory_CollectionThatShrinksMeanwhile_ShowsNoStaleItems() =>
        Assert.Throws<InvalidOperationException>(() => Items.ToMemory(new Shrinking(), out _));

    /// <summary>Loses an item while it is copied, as a concurrent collection may.</summary>
    private sealed class Shrinking : ICollection<int>
    {
        public int Count { get; private set; } = 5;

        public bool IsReadOnly => true;

        public void CopyTo(int[] array, int arrayIndex) => Count--;

        public void Add(int item) => throw new NotSupportedException();

        public void Clear() => throw new NotSupportedException();

        public bool Contains(int item) => throw new NotSupportedException();

        public bool Remove(int item) => throw new NotSupportedException();

        public IEnumerator<int> GetEnumerator() => throw new NotSupportedException();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
