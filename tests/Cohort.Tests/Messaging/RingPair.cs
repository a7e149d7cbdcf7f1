using Cohort.Messaging;
using Cohort.Platform;
using Cohort.Utils;

namespace Cohort.Tests.Messaging;

/// <summary>Both sides of one ring in this process, and its bare memory for tests that write nonsense there.</summary>
internal sealed unsafe class RingPair : IDisposable
{
    public const int Capacity = 16 * 1024;

    private static readonly int s_page = Environment.SystemPageSize;
    private readonly SharedPages _pages;

    public RingPair()
    {
        _pages = SharedPages.Create("ring-test", (nuint)((2 * s_page) + Capacity));
        Control = _pages.Address;
        Data = _pages.MapMirrored((nuint)(2 * s_page), Capacity);
        SenderBell = new Doorbell(_pages.Address + s_page);
        ReceiverBell = new Doorbell(_pages.Address + s_page + Doorbell.Size);
        Sender = new RingSender(Control, Data, Capacity, ReceiverBell);
        Receiver = new RingReceiver(Control, Data, Capacity, SenderBell);
    }

    public static TimeSpan Watchdog { get; } = TimeSpan.FromSeconds(60);

    public byte* Control { get; }

    public byte* Data { get; }

    public RingSender Sender { get; }

    public RingReceiver Receiver { get; }

    public Doorbell SenderBell { get; }

    public Doorbell ReceiverBell { get; }

    public void Send(byte[] bytes, uint tag = 0, SpinBudget spin = default) =>
        Sender.Send(new BytesSource(bytes), tag, SenderBell, spin, Deadline.In(Watchdog));

    /// <summary>The next message's bytes; it is released.</summary>
    public byte[] Receive(out uint tag, SpinBudget spin = default)
    {
        Assert.True(Receiver.Receive(out RingMessage message, ReceiverBell, spin, Deadline.In(Watchdog)), "no message came");
        byte[] bytes = message.Span.ToArray();
        tag = message.Tag;
        Receiver.Release();
        return bytes;
    }

    /// <summary>Puts words at the start of an unused ring and publishes that many bytes.</summary>
    public void Forge(ulong published, params ReadOnlySpan<uint> words)
    {
        words.CopyTo(new Span<uint>(Data, words.Length));
        Volatile.Write(ref *(ulong*)(Control + RingLayout.HeadOffset), published);
    }

    public void Dispose()
    {
        Receiver.Dispose();
        _pages.Dispose();
    }
}
