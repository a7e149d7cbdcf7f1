using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>All that connections do, over rings, and what is the pair's own.</summary>
public sealed class ConnectionPairTests : ConnectionConformanceTests, IDisposable
{
    private readonly Leaks _before = Leaks.Snapshot();

    public void Dispose() => Leaks.AssertNone(_before);

    [Fact]
    public void Create_OneWay_FirstReceivesAndSecondSends()
    {
        using ConnectionPair pair = ConnectionPair.Create(duplex: false);
        (Connection first, Connection second) = pair;
        Assert.Equal((true, false, false, true), (first.IsReadable, first.IsWritable, second.IsReadable, second.IsWritable));
        second.Send(1);
        Assert.Equal(1, first.Receive<int>());
        Assert.False(first.Poll());
        Assert.Throws<InvalidOperationException>(() => first.Send(1));
        Assert.Throws<InvalidOperationException>(() => second.Receive<int>());
        Assert.Throws<InvalidOperationException>(() => second.Poll());
        Assert.Throws<InvalidOperationException>(() => Connection.WaitAny([second]));
    }

    [Fact]
    public void Create_Duplex_BothDoBoth()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        Assert.True(pair.First is { IsReadable: true, IsWritable: true } && pair.Second is { IsReadable: true, IsWritable: true });
        Assert.Contains("this process", pair.First.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8 * 1024)]
    [InlineData(20_000)]
    [InlineData(1 << 30)]
    public void Create_CapacityOutOfRange_Refuses(int capacity) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ConnectionPair.Create(options: new() { Capacity = capacity }));

    [Fact]
    public void Create_SpinTimeOutOfRange_Refuses()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ConnectionPair.Create(options: new() { SpinTime = TimeSpan.FromSeconds(-1) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConnectionPair.Create(options: new() { SpinTime = TimeSpan.FromSeconds(2) }));
    }

    [Fact(Timeout = Limit)]
    public async Task SendAndReceive_WithoutSpinningAndWithTheLeastCapacity_WorkTheSame()
    {
        using ConnectionPair pair = ConnectionPair.Create(options: new() { SpinTime = TimeSpan.Zero, Capacity = 16 * 1024 });
        Task<int> sum = Watchdog.Run(() =>
        {
            int sum = 0;
            for (int i = 0; i < 500; i++)
            {
                sum += pair.Second.Receive<int[]>().Length;
                pair.Second.Send(sum);
            }

            return sum;
        });
        await Watchdog.Run(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                pair.First.Send(new int[i * 20]);
                pair.First.Receive<int>();
            }
        });
        Assert.Equal(Enumerable.Range(0, 500).Sum(static i => i * 20), await sum);
    }

    [Fact]
    public void Close_OfThePeer_IsSeenAtOnce()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        pair.Second.Close();
        Assert.True(pair.First.Poll());
        IOException fault = Assert.Throws<IOException>(() => pair.First.Send(1));
        Assert.Contains("this process", fault.Message, StringComparison.Ordinal);
        Assert.Throws<EndOfStreamException>(() => pair.First.Receive<int>(TimeSpan.Zero));
    }

    [Fact]
    public void Connection_NobodyRefersToItAnyMore_IsClosed()
    {
        Connection first = Drop();
        for (int i = 0; i < 20 && !first.Poll(); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(first.Poll());
        first.Dispose();

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static Connection Drop() => ConnectionPair.Create().First;
    }

    [Fact]
    public void Send_SteadyStream_AllocatesNoWriters()
    {
        using ConnectionPair pair = ConnectionPair.Create();
        (Connection first, Connection second) = pair;
        Trip(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Trip(1000);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;

        // The two boxes of an integer, and what the framework may take aside; a writer alone has a buffer of 256 bytes.
        Assert.True(each < 150, $"{each} bytes a message");

        void Trip(int times)
        {
            for (int i = 0; i < times; i++)
            {
                first.Send(i);
                second.Receive<int>();
            }
        }
    }

    protected override (Connection First, Connection Second) Create()
    {
        ConnectionPair pair = ConnectionPair.Create();
        return (pair.First, pair.Second);
    }

    /// <summary>The name of the peer lies in memory that a disposal on another thread gives back.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Peer_WhileItIsDisposed_NamesAPeerOrNone()
    {
        for (int i = 0; i < 200; i++)
        {
            (Connection a, Connection b) = ConnectionPair.Create();
            using Barrier start = new(2);
            Task<string> asking = Watchdog.Run(() =>
            {
                start.SignalAndWait();
                string last = "";
                while (last != "its peer")
                {
                    last = a.Transport.Peer;
                }

                return last;
            });
            start.SignalAndWait();
            a.Dispose();
            b.Dispose();
            await asking;
        }
    }
}
