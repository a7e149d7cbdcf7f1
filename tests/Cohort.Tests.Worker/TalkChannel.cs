using Cohort.Messaging;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Worker;

/// <summary>
/// A channel of one of two makes: as pools have it, where long messages go through rings of their own, or bare rings,
/// where they are cut into frames.
/// </summary>
internal sealed unsafe class TalkChannel : IDisposable
{
    private const int Capacity = 256 * 1024;

    private static readonly int s_page = Environment.SystemPageSize;
    private readonly RingChannel? _channel;
    private readonly SharedPages? _pages;
    private readonly byte* _requests;
    private readonly byte* _replies;

    private TalkChannel(RingChannel channel) => _channel = channel;

    private TalkChannel(SharedPages pages)
    {
        _pages = pages;
        _requests = pages.MapMirrored((nuint)(3 * s_page), Capacity);
        _replies = pages.MapMirrored((nuint)(3 * s_page) + Capacity, Capacity);
    }

    public bool IsBare => _channel is null;

    public SafeFileHandle Handle => _channel?.Handle ?? _pages!.Handle;

    public Doorbell HostBell => _channel?.HostBell ?? new Doorbell(_pages!.Address);

    public Doorbell WorkerBell => _channel?.WorkerBell ?? new Doorbell(_pages!.Address + Doorbell.Size);

    /// <summary>How many answers the host has read.</summary>
    public ref ulong Answers => ref *(ulong*)(_channel is null ? _pages!.Address + (2 * Doorbell.Size) : _channel.Status);

    public static TalkChannel Create(bool bare) => bare
        ? new TalkChannel(SharedPages.Create("talk", (nuint)((3 * s_page) + (2 * Capacity))))
        : new TalkChannel(RingChannel.Create(4 * Capacity, Capacity));

    public static TalkChannel Open(int descriptor, bool bare)
    {
        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        return bare ? new TalkChannel(SharedPages.Open(handle)) : new TalkChannel(RingChannel.Open(handle));
    }

    public RingSender RequestSender() =>
        _channel?.RequestSender() ?? new RingSender(Control(1), _requests, Capacity, WorkerBell);

    public RingReceiver RequestReceiver() =>
        _channel?.RequestReceiver(HostBell) ?? new RingReceiver(Control(1), _requests, Capacity, HostBell);

    public RingSender ReplySender() =>
        _channel?.ReplySender(HostBell) ?? new RingSender(Control(2), _replies, Capacity, HostBell);

    public RingReceiver ReplyReceiver() =>
        _channel?.ReplyReceiver() ?? new RingReceiver(Control(2), _replies, Capacity, WorkerBell);

    /// <summary>What a watcher does when it saw that one side has died.</summary>
    public void Abandon()
    {
        if (_channel is not null)
        {
            _channel.Abandon();
            return;
        }

        RequestSender().Close();
        ReplySender().Close();
        WorkerBell.Wake();
        HostBell.Wake();
    }

    public void Dispose()
    {
        _channel?.Dispose();
        _pages?.Dispose();
    }

    private byte* Control(int page) => _pages!.Address + (page * s_page);
}
