namespace Cohort.Tests.Serializing;

public sealed class GraphTests
{
    [Fact]
    public void A_shared_object_stays_one_object()
    {
        Node shared = new() { Name = "shared" };
        Node[] copy = RoundTrip.Of(new[] { shared, shared });
        Assert.Same(copy[0], copy[1]);
        Assert.Equal("shared", copy[0].Name);
    }

    [Fact]
    public void A_cycle_closes()
    {
        Node node = new() { Name = "a" };
        node.Next = new Node { Name = "b", Next = node };
        Node copy = RoundTrip.Of(node);
        Assert.Equal("b", copy.Next!.Name);
        Assert.Same(copy, copy.Next.Next);
    }

    [Fact]
    public void A_cycle_through_an_object_array_and_a_list_closes()
    {
        object?[] array = new object?[2];
        List<object?> list = [array, "x"];
        array[0] = list;
        array[1] = array;
        object?[] copy = RoundTrip.Of(array);
        Assert.Same(copy, copy[1]);
        Assert.Same(copy, ((List<object?>)copy[0]!)[0]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1_000_000)]
    public void A_list_of_nodes_of_any_length_comes_back(int count)
    {
        Node? head = null;
        for (int i = 0; i < count; i++)
        {
            head = new Node { Name = "n", Number = i, Next = head };
        }

        Node? copy = RoundTrip.Of(head);
        for (int i = count - 1; i >= 0; i--)
        {
            Assert.Equal(i, copy!.Number);
            copy = copy.Next;
        }

        Assert.Null(copy);
    }

    [Fact]
    public void Arrays_nested_a_million_deep_come_back()
    {
        object?[] outer = [];
        for (int i = 0; i < 1_000_000; i++)
        {
            outer = [outer];
        }

        object?[] copy = RoundTrip.Of(outer);
        int depth = 0;
        while (copy.Length == 1)
        {
            copy = (object?[])copy[0]!;
            depth++;
        }

        Assert.Equal(1_000_000, depth);
    }

    [Fact]
    public void What_cannot_be_put_off_goes_on_on_fresh_stacks()
    {
        const int Depth = 40_000;
        object nested = "end";
        for (int i = 0; i < Depth; i++)
        {
            nested = new Dictionary<object, object> { [new Version(1, i)] = nested };
        }

        object copy = RoundTrip.Of(nested);
        int depth = 0;
        for (; copy is Dictionary<object, object> level; depth++)
        {
            copy = level[new Version(1, Depth - 1 - depth)];
        }

        Assert.Equal(Depth, depth);
        Assert.Equal("end", copy);
    }

    [Fact]
    public void A_refusal_deep_down_arrives_from_a_fresh_stack_with_its_path()
    {
        Node head = new() { Name = "0" };
        for (int i = 0; i < 50_000; i++)
        {
            head = new Node { Next = head };
        }

        Node last = head;
        while (last.Next is not null)
        {
            last = last.Next;
        }

        last.Extra = Thread.CurrentThread;
        string message = RoundTrip.RefusalOf(head);
        Assert.EndsWith(".Next.Extra: Thread cannot cross processes", message, StringComparison.Ordinal);
        Assert.True(message.Length < 1000);
    }

    [Fact]
    public void A_deep_graph_comes_back_on_a_thread_with_a_small_stack()
    {
        int depth = 0;
        Thread thread = new(() =>
        {
            Node? head = null;
            for (int i = 0; i < 50_000; i++)
            {
                head = new Node { Next = head };
            }

            for (Node? copy = RoundTrip.Of(head); copy is not null; copy = copy.Next)
            {
                depth++;
            }
        }, 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.Equal(50_000, depth);
    }

    private sealed class Node
    {
        public string? Name { get; set; }

        public int Number { get; set; }

        public Node? Next { get; set; }

        public object? Extra { get; set; }
    }
}
