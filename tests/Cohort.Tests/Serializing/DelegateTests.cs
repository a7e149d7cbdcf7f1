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

    private static int Double(int x) => x * 2;
}
