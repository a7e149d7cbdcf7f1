using System.Numerics;

namespace Cohort.Messaging;

/// <summary>
/// Two connections that are the ends of one line (Python: <c>multiprocessing.Pipe</c>), in shared memory. Either can be sent
/// to another process: as an argument, as a captured variable, or over another connection.
/// </summary>
/// <remarks>
/// An end is gone when every process that has it has closed it or has ended. So close here what another process is to have
/// alone, or nobody sees that process's end.
/// </remarks>
public sealed class ConnectionPair : IDisposable, IAsyncDisposable
{
    private const int LeastCapacity = 16 * 1024;
    private const int MostCapacity = 256 * 1024 * 1024;

    private ConnectionPair(Connection first, Connection second)
    {
        First = first;
        Second = second;
    }

    /// <summary>One end. Of a one-way pair it is the receiving one.</summary>
    public Connection First { get; }

    /// <summary>The other end. Of a one-way pair it is the sending one.</summary>
    public Connection Second { get; }

    /// <summary>Makes two connected ends.</summary>
    /// <param name="duplex">Whether both ends can send and receive; else <see cref="First"/> only receives and <see cref="Second"/> only sends.</param>
    /// <param name="options">How they talk; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IOException">No memory or no descriptor is left.</exception>
    public static ConnectionPair Create(bool duplex = true, ConnectionPairOptions? options = null)
    {
        options ??= new ConnectionPairOptions();
        if (options.Capacity is < LeastCapacity or > MostCapacity || !BitOperations.IsPow2(options.Capacity))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Capacity, $"The capacity is a power of two from {LeastCapacity} to {MostCapacity} bytes.");
        }

        SpinBudget spin = SpinBudget.Default;
        if (options.SpinTime is { } time)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, nameof(options));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(time, TimeSpan.FromSeconds(1), nameof(options));
            spin = new SpinBudget((int)Math.Ceiling(time.TotalMicroseconds));
        }

        int unused = Math.Max(Environment.SystemPageSize, LeastCapacity);
        (RingTransport first, RingTransport second) = RingTransport.CreatePair(duplex ? options.Capacity : unused, options.Capacity, spin);
        return new ConnectionPair(
            new Connection(first, CodecFormat.Instance, isWritable: duplex),
            new Connection(second, CodecFormat.Instance, isReadable: duplex));
    }

    /// <summary>Gives both ends.</summary>
    /// <param name="first">See <see cref="First"/>.</param>
    /// <param name="second">See <see cref="Second"/>.</param>
    public void Deconstruct(out Connection first, out Connection second)
    {
        first = First;
        second = Second;
    }

    /// <summary>Closes both ends here.</summary>
    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    /// <summary>Closes both ends here.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
