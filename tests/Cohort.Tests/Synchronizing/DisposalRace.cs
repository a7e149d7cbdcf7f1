using Cohort.Sharing;

namespace Cohort.Tests.Synchronizing;

/// <summary>For workers: an object is used by one thread in the moment in which another disposes it, time and again.</summary>
internal static class DisposalRace
{
    /// <summary>How long after the use has begun the disposal comes at most, in rounds of <see cref="Thread.SpinWait"/>.</summary>
    private const int MaxLead = 400;

    /// <param name="rounds">How often.</param>
    /// <param name="open">A new object of the same memory.</param>
    /// <param name="use">What may end with an <see cref="ObjectDisposedException"/>.</param>
    public static void Run<T>(int rounds, Func<T> open, Action<T> use)
        where T : SharedObject
    {
        using Barrier start = new(2);
        T? shared = null;
        Exception? fault = null;
        Thread disposer = new(() =>
        {
            for (int i = 0; i < rounds; i++)
            {
                start.SignalAndWait();
                Thread.SpinWait(Random.Shared.Next(MaxLead));
                shared!.Dispose();
                start.SignalAndWait();
            }
        });
        disposer.Start();
        for (int i = 0; i < rounds; i++)
        {
            shared = open();
            start.SignalAndWait();
            try
            {
                use(shared);
            }
            catch (ObjectDisposedException)
            {
                // As it should be.
            }
            catch (Exception exception)
            {
                fault ??= exception;
            }

            start.SignalAndWait();
        }

        disposer.Join();
        Assert.Null(fault);
    }
}
