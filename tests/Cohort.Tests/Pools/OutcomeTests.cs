using Cohort.Pools;

namespace Cohort.Tests.Pools;

public sealed class OutcomeTests
{
    [Fact]
    public void Success_GivesItsValue()
    {
        Outcome<string> outcome = new(3, "three");
        Assert.True(outcome is { IsSuccess: true, IsMissing: false, Exception: null, Index: 3, Value: "three" });
        Assert.True(outcome.TryGetValue(out string? value));
        Assert.Equal("three", value);
        Assert.Equal("3: three", outcome.ToString());
    }

    [Fact]
    public void Failure_ThrowsItsVeryException()
    {
        FormatException fault = new("odd");
        Outcome<string> outcome = new(4, fault);
        Assert.False(outcome.IsSuccess);
        Assert.False(outcome.TryGetValue(out _));
        Assert.Same(fault, outcome.Exception);
        Assert.Same(fault, Assert.Throws<FormatException>(() => outcome.Value));
        Assert.Equal("4: FormatException: odd", outcome.ToString());
    }

    [Fact]
    public void Default_IsNoOutcome()
    {
        Outcome<int> outcome = default;
        Assert.False(outcome.IsSuccess);
        Assert.False(outcome.TryGetValue(out _));
        Assert.Throws<InvalidOperationException>(() => outcome.Value);
        Assert.Equal("no outcome", outcome.ToString());
    }
}
