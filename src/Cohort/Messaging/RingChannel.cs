using System.Numerics;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Messaging;

/// <summary>Two rings and their doorbells in one memfd: requests one way, replies the other.</summary>
/// <remarks>
/// <code>
///  +0       +0 magic  +8 version  +12 request capacity  +16 reply capacity
///           +64 worker's doorbell   +128 host's doorbell   +192 status words, for the layer above
///  +4096    control of the request ring, then of the reply ring, then of the two rings for long messages
///  then     request data, reply data, long requests, long replies: whole pages, each mapped twice
/// </code>
/// The memory has no name: it is gone with the last process that maps it, however that ends. A host that serves many
/// channels sleeps at one doorbell for all; then it passes that and the one in page 0 stays unused.
/// </remarks>
internal sealed unsafe class RingChannel : IDisposable
{
    private const ulong Magic = 0x31676e6952686f43; // "CohRing1"
    private const int Version = 1;
    private const int WorkerBellOffset = 64;
    private const int HostBellOffset = 128;
    private const int StatusOffset = 192;
    private const int RequestControl = 4096;
    private const int ReplyControl = RequestControl + RingLayout.ControlSize;
    private const int LargeRequestControl = ReplyControl + RingLayout.ControlSize;
    private const int LargeReplyControl = LargeRequestControl + RingLayout.ControlSize;

    /// <summary>Room for long messages each way: address space, which becomes memory only as far as it is used.</summary>
    private const int LargeCapacity = 64 << 20;

    /// <summary>Where mappings may start, whatever the size of a page is here.</summary>
    private static readonly int s_dataOffset =
        (LargeReplyControl + RingLayout.ControlSize + Environment.SystemPageSize - 1) & -Environment.SystemPageSize;

    private readonly SharedPages _pages;
    private readonly byte* _requestData;
    private readonly byte* _replyData;
    private readonly byte* _largeRequestData;
    private readonly byte* _largeReplyData;

    private RingChannel(SharedPages pages, int requestCapacity, int replyCapacity)
    {
        _pages = pages;
        RequestCapacity = requestCapacity;
        ReplyCapacity = replyCapacity;
        nuint offset = (nuint)s_dataOffset;
        _requestData = Map(requestCapacity);
        _replyData = Map(replyCapacity);
        _largeRequestData = Map(LargeCapacity);
        _largeReplyData = Map(LargeCapacity);

        byte* Map(int capacity)
        {
            byte* data = pages.MapMirrored(offset, (nuint)capacity);
            offset += (nuint)capacity;
            return data;
        }
    }

    public int RequestCapacity { get; }

    public int ReplyCapacity { get; }

    /// <summary>The memfd, to hand to the other side.</summary>
    public SafeFileHandle Handle => _pages.Handle;

    public Doorbell WorkerBell => new(_pages.Address + WorkerBellOffset);

    public Doorbell HostBell => new(_pages.Address + HostBellOffset);

    /// <summary>Words for the layer above, on cache lines of their own, zero at first.</summary>
    public byte* Status => _pages.Address + StatusOffset;

    /// <param name="requestCapacity">Bytes; a power of two and a multiple of the page size.</param>
    /// <param name="replyCapacity">As <paramref name="requestCapacity"/>.</param>
    public static RingChannel Create(int requestCapacity, int replyCapacity)
    {
        Check(requestCapacity);
        Check(replyCapacity);
        SharedPages pages = SharedPages.Create("cohort-ring", SizeFor(requestCapacity, replyCapacity));
        byte* header = pages.Address;
        *(int*)(header + 8) = Version;
        *(int*)(header + 12) = requestCapacity;
        *(int*)(header + 16) = replyCapacity;
        Volatile.Write(ref *(ulong*)header, Magic);
        return new RingChannel(pages, requestCapacity, replyCapacity);
    }

    /// <summary>Maps a channel that another process made.</summary>
    /// <exception cref="InvalidDataException">The handle is no ring of this build.</exception>
    public static RingChannel Open(SafeFileHandle handle)
    {
        SharedPages pages = SharedPages.Open(handle);
        byte* header = pages.Address;
        int request = 0, reply = 0;
        bool good = pages.Size >= (nuint)s_dataOffset && Volatile.Read(ref *(ulong*)header) == Magic && *(int*)(header + 8) == Version;
        if (good)
        {
            request = *(int*)(header + 12);
            reply = *(int*)(header + 16);
            good = IsCapacity(request) && IsCapacity(reply) && pages.Size >= SizeFor(request, reply);
        }

        if (!good)
        {
            pages.Dispose();
            throw new InvalidDataException("The shared memory is not a ring channel of this version of Cohort.");
        }

        return new RingChannel(pages, request, reply);
    }

    public RingSender RequestSender() => Sender(
        RequestControl, _requestData, RequestCapacity, WorkerBell, Sender(LargeRequestControl, _largeRequestData, LargeCapacity, WorkerBell));

    public RingReceiver RequestReceiver(Doorbell hostBell) => Receiver(
        RequestControl, _requestData, RequestCapacity, hostBell, Receiver(LargeRequestControl, _largeRequestData, LargeCapacity, hostBell));

    public RingSender ReplySender(Doorbell hostBell) => Sender(
        ReplyControl, _replyData, ReplyCapacity, hostBell, Sender(LargeReplyControl, _largeReplyData, LargeCapacity, hostBell));

    public RingReceiver ReplyReceiver() => Receiver(
        ReplyControl, _replyData, ReplyCapacity, WorkerBell, Receiver(LargeReplyControl, _largeReplyData, LargeCapacity, WorkerBell));

    /// <summary>
    /// For whoever saw that one side has died: closes both rings and wakes both sides, whatever the dead one was doing.
    /// Frames that were published before can still be read.
    /// </summary>
    public void Abandon()
    {
        CloseRing(RequestControl);
        CloseRing(ReplyControl);
        WorkerBell.Wake();
        HostBell.Wake();
    }

    public void Dispose() => _pages.Dispose();

    private static nuint SizeFor(int requestCapacity, int replyCapacity) =>
        (nuint)s_dataOffset + (nuint)requestCapacity + (nuint)replyCapacity + (2 * (nuint)LargeCapacity);

    private RingSender Sender(int control, byte* data, int capacity, Doorbell peerBell, RingSender? large = null) =>
        new(_pages.Address + control, data, capacity, peerBell, large);

    private RingReceiver Receiver(int control, byte* data, int capacity, Doorbell peerBell, RingReceiver? large = null) =>
        new(_pages.Address + control, data, capacity, peerBell, large);

    private void CloseRing(int control) => Volatile.Write(ref *(int*)(_pages.Address + control + RingLayout.ClosedOffset), 1);

    private static bool IsCapacity(int bytes) => bytes >= Environment.SystemPageSize && BitOperations.IsPow2(bytes);

    private static void Check(int capacity)
    {
        if (!IsCapacity(capacity))
        {
            throw new ArgumentOutOfRangeException(
                nameof(capacity), capacity, "A ring's capacity is a power of two and at least one page.");
        }
    }
}
