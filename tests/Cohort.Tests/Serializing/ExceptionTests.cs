using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Cohort.Tests.Serializing;

public sealed class ExceptionTests
{
    [Fact]
    public void An_exception_comes_back_with_its_stack_and_its_own_fields()
    {
        OrderException thrown = Catch(() => Throw(17));
        thrown.Data["key"] = 5;
        thrown.HelpLink = "https://example.org";
        OrderException copy = RoundTrip.Of(thrown);
        Assert.Equal("order 17", copy.Message);
        Assert.Equal(17, copy.Number);
        Assert.Equal(thrown.HResult, copy.HResult);
        Assert.Equal(5, copy.Data["key"]);
        Assert.Equal("https://example.org", copy.HelpLink);
        Assert.Equal(thrown.Source, copy.Source);
        Assert.Contains(nameof(Throw), copy.StackTrace, StringComparison.Ordinal);
        Assert.Contains(nameof(Throw), copy.ToString(), StringComparison.Ordinal);
        ArgumentNullException inner = Assert.IsType<ArgumentNullException>(copy.InnerException);
        Assert.Equal("what", inner.ParamName);
    }

    [Fact]
    public void A_remote_stack_stays_when_the_exception_is_thrown_again()
    {
        OrderException copy = RoundTrip.Of(Catch(() => Throw(1)));
        OrderException again = Catch(() => ExceptionDispatchInfo.Throw(copy));
        Assert.Contains(nameof(Throw), again.StackTrace, StringComparison.Ordinal);
        Assert.Contains(nameof(A_remote_stack_stays_when_the_exception_is_thrown_again), again.StackTrace, StringComparison.Ordinal);
        Assert.Contains(nameof(Throw), RoundTrip.Of(again).StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public void Exceptions_of_the_framework_come_back()
    {
        AggregateException all = RoundTrip.Of(new AggregateException("many", new OrderException(1, null), new TimeoutException("late")));
        Assert.Equal(2, all.InnerExceptions.Count);
        Assert.IsType<TimeoutException>(all.InnerExceptions[1]);
        Assert.Same(all.InnerException, all.InnerExceptions[0]);
        Assert.Equal(SocketError.TimedOut, RoundTrip.Of(new SocketException((int)SocketError.TimedOut)).SocketErrorCode);
        TaskCanceledException cancelled = RoundTrip.Of(new TaskCanceledException(Task.FromCanceled(new CancellationToken(true))));
        Assert.Null(cancelled.Task);
        Assert.Equal("x", RoundTrip.Of(new ArgumentOutOfRangeException("p", "x", "m")).ActualValue);
        Exception never = RoundTrip.Of(new Exception());
        Assert.Null(never.StackTrace);
        Assert.NotEmpty(never.Message);
        Exception unexpected = RoundTrip.Of(Catch<DivideByZeroException>(() => Divide(0)));
        Assert.Contains(nameof(Divide), unexpected.StackTrace, StringComparison.Ordinal);
    }

    private static int Divide(int by) => 1 / by;

    private static OrderException Catch(Action action) => Catch<OrderException>(action);

    private static T Catch<T>(Action action)
        where T : Exception => Assert.Throws<T>(action);

    private static void Throw(int number) => throw new OrderException(number, new ArgumentNullException("what"));

    private sealed class OrderException(int number, Exception? inner) : Exception($"order {number}", inner)
    {
        public int Number { get; } = number;
    }
}
