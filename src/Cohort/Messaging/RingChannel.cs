using System.Numerics;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Messaging;

/// <summary>Two rings and their doorbells in one memfd: requests one way, replies the other.</summary>
/// <remarks>
/// <code>
///  +0       +0 magic  +8 version  +12 request capacity  +16 reply capacity  +20 of long rings
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
    private readonly int _largeCapacity;

    private RingChannel(SharedPages pages, int requestCapacity, int replyCapacity, int largeCapacity)
    {
        _pages = pages;
        RequestCapacity = requestCapacity;
        ReplyCapacity = replyCapacity;
        nuint offset = (nuint)s_dataOffset;
        _requestData = Map(requestCapacity);
        _replyData = Map(replyCapacity);
        _largeCapacity = largeCapacity;
        _largeRequestData = largeCapacity == 0 ? null : Map(largeCapacity);
        _largeReplyData = largeCapacity == 0 ? null : Map(largeCapacity);

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
    /// <param name="hasLargeRings">Whether long messages travel in one piece, for much more memory.</param>
    public static RingChannel Create(int requestCapacity, int replyCapacity, bool hasLargeRings = true)
    {
        int largeCapacity = hasLargeRings ? LargeCapacity : 0;
        Check(requestCapacity);
        Check(replyCapacity);
        SharedPages pages = SharedPages.Create("cohort-ring", SizeFor(requestCapacity, replyCapacity, largeCapacity));
        byte* header = pages.Address;
        *(int*)(header + 8) = Version;
        *(int*)(header + 12) = requestCapacity;
        *(int*)(header + 16) = replyCapacity;
        *(int*)(header + 20) = largeCapacity;
        Volatile.Write(ref *(ulong*)header, Magic);
        return Map(pages, requestCapacity, replyCapacity, largeCapacity);
    }

    /// <summary>Maps a channel that another process made.</summary>
    /// <exception cref="InvalidDataException">The handle is no ring of this build.</exception>
    public static RingChannel Open(SafeFileHandle handle)
    {
        SharedPages pages = SharedPages.Open(handle);
        byte* header = pages.Address;
        int request = 0, reply = 0, large = 0;
        bool good = pages.Size >= (nuint)s_dataOffset && Volatile.Read(ref *(ulong*)header) == Magic && *(int*)(header + 8) == Version;
        if (good)
        {
            request = *(int*)(header + 12);
            reply = *(int*)(header + 16);
            large = *(int*)(header + 20);
            good = IsCapacity(request) && IsCapacity(reply) && (large is 0 or LargeCapacity) && pages.Size >= SizeFor(request, reply, large);
        }

        if (!good)
        {
            pages.Dispose();
            throw new InvalidDataException("The shared memory is not a ring channel of this version of Cohort.");
        }

        return Map(pages, request, reply, large);
    }

    public RingSender RequestSender() => Sender(
        RequestControl, _requestData, RequestCapacity, WorkerBell, LargeSender(LargeRequestControl, _largeRequestData, WorkerBell));

    public RingReceiver RequestReceiver(Doorbell hostBell) => Receiver(
        RequestControl, _requestData, RequestCapacity, hostBell, LargeReceiver(LargeRequestControl, _largeRequestData, hostBell));

    public RingSender ReplySender(Doorbell hostBell) => Sender(
        ReplyControl, _replyData, ReplyCapacity, hostBell, LargeSender(LargeReplyControl, _largeReplyData, hostBell));

    public RingReceiver ReplyReceiver() => Receiver(
        ReplyControl, _replyData, ReplyCapacity, WorkerBell, LargeReceiver(LargeReplyControl, _largeReplyData, WorkerBell));

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

    private static RingChannel Map(SharedPages pages, int requestCapacity, int replyCapacity, int largeCapacity)
    {
        try
        {
            return new RingChannel(pages, requestCapacity, replyCapacity, largeCapacity);
        }
        catch
        {
            pages.Dispose();
            throw;
        }
    }

    private static nuint SizeFor(int requestCapacity, int replyCapacity, int largeCapacity) =>
        (nuint)s_dataOffset + (nuint)requestCapacity + (nuint)replyCapacity + (2 * (nuint)largeCapacity);

    private RingSender Sender(int control, byte* data, int capacity, Doorbell peerBell, RingSender? large = null) =>
        new(_pages.Address + control, data, capacity, peerBell, large);

    private RingSender? LargeSender(int control, byte* data, Doorbell peerBell) =>
        data is null ? null : Sender(control, data, _largeCapacity, peerBell);

    private RingReceiver? LargeReceiver(int control, byte* data, Doorbell peerBell) =>
        data is null ? null : Receiver(control, data, _largeCapacity, peerBell);

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
