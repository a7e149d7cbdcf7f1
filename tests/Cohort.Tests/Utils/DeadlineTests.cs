using Cohort.Utils;

namespace Cohort.Tests.Utils;

public sealed class DeadlineTests
{
    [Fact]
    public void In_Infinite_NeverPasses()
    {
        Deadline deadline = Deadline.In(Timeout.InfiniteTimeSpan);

        Assert.True(deadline.IsInfinite);
        Assert.False(deadline.HasPassed);
        Assert.Equal(Timeout.InfiniteTimeSpan, deadline.Remaining);
        Assert.Equal(-1, deadline.RemainingMilliseconds);
        Assert.Equal(Deadline.Never, deadline);
    }

    [Fact]
    public void In_Zero_HasPassed()
    {
        Deadline deadline = Deadline.In(TimeSpan.Zero);

        Assert.True(deadline.HasPassed);
        Assert.Equal(TimeSpan.Zero, deadline.Remaining);
        Assert.Equal(0, deadline.RemainingMilliseconds);
    }

    [Fact]
    public void Default_HasPassed() => Assert.True(default(Deadline).HasPassed);

    [Theory]
    [InlineData(-1.5)]
    [InlineData(-2)]
    [InlineData(-1e9)]
    public void In_Negative_Throws(double milliseconds) => Assert.Throws<ArgumentOutOfRangeException>(
        () => Deadline.In(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void In_LongestTimeSpan_DoesNotOverflow()
    {
        Deadline deadline = Deadline.In(TimeSpan.MaxValue);

        Assert.False(deadline.HasPassed);
        Assert.False(deadline.IsInfinite);
        Assert.Equal(int.MaxValue, deadline.RemainingMilliseconds);
        Assert.True(deadline.Remaining > TimeSpan.FromDays(36_500));
    }

    [Fact]
    public void Remaining_OneHour_CountsDown()
    {
        Deadline deadline = Deadline.In(TimeSpan.FromHours(1));
        TimeSpan first = deadline.Remaining;
        TimeSpan second = deadline.Remaining;

        Assert.InRange(first, TimeSpan.FromMinutes(59), TimeSpan.FromHours(1));
        Assert.True(second <= first);
        Assert.InRange(deadline.RemainingMilliseconds, 59 * 60_000, 60 * 60_000);
    }

    [Fact]
    public void RemainingMilliseconds_FractionLeft_IsRoundedUp()
    {
        Deadline deadline = Deadline.In(TimeSpan.FromMicroseconds(500));
        int milliseconds = deadline.RemainingMilliseconds;

        Assert.True(milliseconds == 1 || deadline.HasPassed);
    }

    [Fact]
    public void HasPassed_AfterTheTime_IsTrue()
    {
        Deadline deadline = Deadline.InMilliseconds(20);
        SpinWait.SpinUntil(() => deadline.HasPassed, TimeSpan.FromSeconds(20));

        Assert.True(deadline.HasPassed);
        Assert.Equal(TimeSpan.Zero, deadline.Remaining);
    }

    [Fact]
    public void InMilliseconds_MinusOne_IsNeverAndLessIsRefused()
    {
        Assert.True(Deadline.InMilliseconds(-1).IsInfinite);
        Assert.Throws<ArgumentOutOfRangeException>(() => Deadline.InMilliseconds(-2));
    }
}
