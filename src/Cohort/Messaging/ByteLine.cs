using System.Net.Sockets;
using System.Runtime.InteropServices;
using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// Bytes to and from one peer, without borders, which a <see cref="StreamTransport"/> cuts into messages: a socket, or a stream
/// that encrypts over one.
/// </summary>
/// <remarks>
/// Each direction is used by one caller at a time, except that any number may wait until there is something to read. A call
/// with <c>isAsync</c> false blocks its thread and gives a task that is done. Faults are <see cref="IOException"/>,
/// <see cref="SocketException"/> or, once it is disposed, anything.
/// </remarks>
internal abstract class ByteLine : IDisposable
{
    /// <summary>The socket's.</summary>
    public abstract SafeHandle Handle { get; }

    /// <summary>The socket, if another process that gets it can go on where this one stopped; null when there is more to it.</summary>
    public virtual Socket? Shareable => null;

    /// <summary>Waits until a read would not: bytes are there, or the end, or a fault. Takes nothing. False at the deadline.</summary>
    public abstract ValueTask<bool> WaitReadable(bool isAsync, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Waits for at least one byte and takes what is there; 0 at the end.</summary>
    public abstract ValueTask<int> Read(bool isAsync, Memory<byte> buffer);

    /// <summary>
    /// Waits until there is room for a good many bytes, so that a short message is then written without a wait. False at the
    /// deadline.
    /// </summary>
    public abstract ValueTask<bool> WaitWritable(bool isAsync, Deadline deadline, CancellationToken cancellationToken);

    /// <summary>Writes all, however long that takes.</summary>
    public abstract ValueTask Write(bool isAsync, ReadOnlyMemory<byte> bytes);

    /// <summary>Ends every wait. Idempotent.</summary>
    public abstract void Dispose();
}
