using Cohort.Serializing;

namespace Cohort.Tests.Serializing;

public sealed class DelegateTests
{
    [Fact]
    public void A_static_method_group_comes_back() => Assert.Equal(6, RoundTrip.Of<Func<int, int>>(Double)(3));

    [Fact]
    public void A_lambda_that_captures_nothing_comes_back_with_the_same_target()
    {
        Func<int, int> lambda = x => x + 1;
        Func<int, int> copy = RoundTrip.Of(lambda);
        Assert.Equal(4, copy(3));
        Assert.Same(lambda.Target, copy.Target);
    }

    [Fact]
    public void A_closure_takes_its_captured_variables_along()
    {
        int factor = 7;
        List<string> words = ["a", "b"];
        Func<int, string> closure = x => string.Join(',', words) + (x * factor);
        Assert.Equal("a,b21", RoundTrip.Of(closure)(3));
    }

    [Fact]
    public void Closures_of_one_scope_still_share_their_variables()
    {
        int count = 0;
        Action increment = () => count++;
        Func<int> read = () => count;
        (Action incrementCopy, Func<int> readCopy) = RoundTrip.Of((increment, read));
        incrementCopy();
        Assert.Equal(1, readCopy());
        Assert.Equal(0, count);
    }

    [Fact]
    public void Nested_closures_and_local_functions_come_back()
    {
        int outer = 1;
        int Local(int x) => x + outer;
        List<Func<int>> functions = [];
        for (int i = 0; i < 3; i++)
        {
            int inner = i;
            functions.Add(() => Local(inner));
        }

        Assert.Equal([1, 2, 3], RoundTrip.Of(functions).Select(x => x()));
        static int Static(int x) => x - 1;
        Assert.Equal(4, RoundTrip.Of<Func<int, int>>(Static)(5));
    }

    [Fact]
    public void A_recursive_lambda_comes_back_as_what_it_calls()
    {
        Func<int, int> copy = RoundTrip.Of(MakeFactorial());
        Assert.Equal(120, copy(5));
        Assert.Same(copy, Assert.Single(CapturedBy(copy)));

        Action down = (Action)RoundTrip.Of(new object[] { "x", MakeCountdown(3) })[1];
        down();
        Assert.Equal([3, 2, 1], CapturedBy(down).OfType<List<int>>().Single());
    }

    [Fact]
    public void Lambdas_that_call_each_other_come_back()
    {
        Func<int, bool> even = RoundTrip.Of(MakeEven());
        Assert.True(even(10));
        Assert.False(even(7));
        Assert.Contains(CapturedBy(even), captured => ReferenceEquals(captured, even));
    }

    [Fact]
    public void A_recursive_lambda_goes_to_a_worker()
    {
        using ProcessPool pool = new(1);
        Assert.Equal(120, pool.Apply(MakeFactorial(), 5));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void A_chain_of_lambdas_of_any_length_comes_back(int length)
    {
        // Each takes the one before it, and itself.
        Chained head = new();
        for (int i = 0; i < length; i++)
        {
            Chained outer = new();
            outer.Take(head);
            head = outer;
        }

        Chained copy = RoundTrip.Of(head);
        int count = 0;
        for (; copy.Next is not null; count++)
        {
            copy = copy.Next();
        }

        Assert.Equal(length, count);
    }

    [Fact]
    public void Instance_generic_and_virtual_methods_come_back()
    {
        Greeter greeter = new Polite("Ann");
        Assert.Equal("Dear Ann!", RoundTrip.Of<Func<string, string>>(greeter.Greet)("!"));
        Assert.Equal("Int32:5", RoundTrip.Of<Func<int, string>>(Describe<int>)(5));
        Assert.Equal("String:x", RoundTrip.Of<Func<string, string>>(Box<string>.Describe)("x"));
        Assert.Equal("Boolean,String", RoundTrip.Of<Func<string>>(Box<bool>.Names<string>)());
        Assert.Equal(3, RoundTrip.Of<Func<int>>("abc".Count)());
    }

    [Fact]
    public void Open_instance_and_closed_extension_delegates_come_back()
    {
        Func<string, string> open = typeof(string).GetMethod("ToUpperInvariant")!.CreateDelegate<Func<string, string>>();
        Assert.Equal("X", RoundTrip.Of(open)("x"));
        Func<string, string> closed = "a".Append;
        Assert.Equal("ab", RoundTrip.Of(closed)("b"));
        string? nothing = null;
        Func<string, string> closedOverNull = nothing!.Append;
        Assert.Equal("b", RoundTrip.Of(closedOverNull)("b"));
    }

    [Fact]
    public void A_multicast_delegate_calls_its_parts_in_order()
    {
        List<int> log = [];
        Action<List<int>> both = static x => x.Add(1);
        both += static x => x.Add(2);
        RoundTrip.Of(both)(log);
        Assert.Equal([1, 2], log);
    }

    [Fact]
    public async Task Async_lambdas_come_back()
    {
        int number = 20;
        Func<Task<int>> function = async () =>
        {
            await Task.Yield();
            return number + 1;
        };
        Assert.Equal(21, await RoundTrip.Of(function)());
    }

    [Fact]
    public void A_delegate_of_another_build_is_refused_with_both_ids()
    {
        byte[] message = Pickle.Dumps<Delegate>((Func<int, int>)Double);
        byte[] ours = typeof(DelegateTests).Module.ModuleVersionId.ToByteArray();
        int at = message.AsSpan().IndexOf(ours);
        message[at] ^= 0xFF;
        string theirs = new Guid(message.AsSpan(at, 16)).ToString();
        PickleException error = Assert.Throws<PickleException>(() => Pickle.Loads<Delegate>(message));
        Assert.Contains("Both sides must run the same build: assembly Cohort.Tests", error.Message, StringComparison.Ordinal);
        Assert.Contains(new Guid(ours).ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(theirs, error.Message, StringComparison.Ordinal);
    }

    private static int Double(int x) => x * 2;

    private static Func<int, int> MakeFactorial()
    {
        Func<int, int> factorial = null!;
        factorial = n => n < 2 ? 1 : n * factorial(n - 1);
        return factorial;
    }

    private static Action MakeCountdown(int count)
    {
        List<int> log = [];
        Action down = null!;
        down = () =>
        {
            log.Add(count);
            if (--count > 0)
            {
                down();
            }
        };
        return down;
    }

    private static Func<int, bool> MakeEven()
    {
        Func<int, bool> odd = null!;
        Func<int, bool> even = null!;
        even = n => n == 0 || odd(n - 1);
        odd = n => n != 0 && even(n - 1);
        return even;
    }

    private static IEnumerable<object?> CapturedBy(Delegate lambda) =>
        lambda.Target!.GetType().GetFields().Select(field => field.GetValue(lambda.Target));

    private static string Describe<T>(T value) => $"{typeof(T).Name}:{value}";

    private static class Box<T>
    {
        public static string Describe(T value) => $"{typeof(T).Name}:{value}";

        public static string Names<TOther>() => $"{typeof(T).Name},{typeof(TOther).Name}";
    }

    private sealed class Chained
    {
        public Func<Chained>? Next { get; private set; }

        public void Take(Chained inner)
        {
            Func<Chained> next = null!;
            next = () => Next == next ? inner : throw new InvalidOperationException("It captured another than itself.");
            Next = next;
        }
    }

    private class Greeter(string name)
    {
        protected string Name { get; } = name;

        public virtual string Greet(string end) => Name + end;
    }

    private sealed class Polite(string name) : Greeter(name)
    {
        public override string Greet(string end) => "Dear " + Name + end;
    }
}

internal static class StringExtensions
{
    public static string Append(this string text, string tail) => text + tail;
}
