using System.Globalization;
using System.Runtime.InteropServices;
using Cohort.Platform;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Messaging;

// Overview
//
// Constraints: a message costs no system call while both sides are busy; any number of threads of any number of processes
// may hold and use the same end; whoever is killed at whatever point, nobody hangs and no half message is received.
//
//   Memory    one RingChannel: a ring each way, a doorbell for each end, and words for each end (RingEnd).
//   Locks     each end has one for sending and one for receiving, in shared memory and owned by a process. Whoever waits
//             for room or for a message has it meanwhile, and the others queue behind. The rings' positions are read anew
//             from shared memory under the lock, as another process may have moved them.
//   Sleeping  all who wait at an end sleep at its doorbell, whatever for. A ring wakes all of them and each looks again.
//   The end   beside the memory, each end has one end of a socket pair, the lifeline. Nothing travels there: the kernel
//             reports a hang-up when the last process that has the other end is gone, however it went. A watch thread then
//             closes both rings and rings the bell. An orderly close does the same by itself, by a count of holders,
//             so that it is seen at once. What was published before can still be received.
//   Torn      a message longer than a quarter of the ring goes in parts. If its sender or its receiver dies between two,
//             while other processes hold the same end, that direction cannot go on: a flag beside the lock tells the next
//             one to take it, and after a slice the one that waits for the rest. The direction is closed.
//   Late      A receive whose deadline passes in the middle of such a message keeps what has come for the next one of this
//             process; where other processes hold the end too, who could not go on with it, it stays until it has all.
//   Dispose   each operation holds the memory in this process (as waits do), and the last to let go unmaps it.

/// <summary>One end of a connection over rings in shared memory: see the overview at the top of this file.</summary>
internal sealed unsafe partial class RingTransport : ConnectionTransport, IWaitOwner
{
    private const int Sides = 2;
    private const int SpinOffset = Sides * RingEnd.Size;

    /// <summary>As that of a <see cref="SharedCell"/>.</summary>
    private const int FamilyOffset = SpinOffset + 8;

    private readonly RingChannel _channel;
    private readonly SafeFileHandle _lifeline;
    private readonly int _side;
    private readonly RingSender _sender;
    private readonly RingReceiver _receiver;
    private readonly Doorbell _bell;
    private readonly RingEnd _own;
    private readonly RingEnd _peer;
    private readonly OwnedWord _sendLock;
    private readonly OwnedWord _receiveLock;
    private readonly ShownMessage _shown;
    private readonly AdaptiveSpin _spin;
    private readonly Lock _gate = new();
    private long _watchKey;
    private ReadyHandle? _ready;

    /// <summary>The object itself until it is disposed, and each operation in this process.</summary>
    private HoldCount _holds = new();
    private int _isDisposed;

    /// <param name="channel">Owned from here on, also when this throws.</param>
    /// <param name="lifeline">Owned from here on, also when this throws.</param>
    /// <param name="side">0 or 1.</param>
    /// <param name="isNewHolder">False when the one who sent it has counted this holder.</param>
    private RingTransport(RingChannel channel, SafeFileHandle lifeline, int side, bool isNewHolder)
    {
        _channel = channel;
        _lifeline = lifeline;
        _side = side;
        _own = new RingEnd(channel.Status + (side * RingEnd.Size));
        _peer = new RingEnd(channel.Status + ((1 - side) * RingEnd.Size));
        _sendLock = _own.SendLock;
        _receiveLock = _own.ReceiveLock;
        _sender = side == 0 ? channel.RequestSender() : channel.ReplySender(channel.HostBell);
        _receiver = side == 0 ? channel.ReplyReceiver() : channel.RequestReceiver(channel.HostBell);
        _bell = side == 0 ? channel.HostBell : channel.WorkerBell;
        _shown = new ShownMessage(this);
        _spin = new AdaptiveSpin(new SpinBudget(*(int*)(channel.Status + SpinOffset)));
        if (isNewHolder)
        {
            Interlocked.Increment(ref _own.Holders);
        }

        Family.Join();
        Volatile.Write(ref _own.ProcessId, Environment.ProcessId);
        try
        {
            _watchKey = HangUpWatch.Instance.Add(new HangUpTarget(lifeline, this));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    ~RingTransport() => End();

    public override string Peer
    {
        get
        {
            // Also asked for by messages about an end that is being disposed, whose memory goes with the last hold.
            if (!TryHold())
            {
                return "its peer";
            }

            int peer = _peer.ProcessId;
            LetGo();
            return peer == Environment.ProcessId ? "this process" : string.Create(CultureInfo.InvariantCulture, $"process {peer}");
        }
    }

    public override SafeHandle Handle
    {
        get
        {
            Hold();
            try
            {
                lock (_gate)
                {
                    return (_ready ??= new ReadyHandle(this)).Descriptor;
                }
            }
            finally
            {
                LetGo();
            }
        }
    }

    string IWaitOwner.ObjectName => typeof(Connection).FullName!;

    bool IWaitOwner.IsWithinFamily => Family.IsOfOurs;

    /// <summary>Not 0 while a message of several parts is received, or if one was left.</summary>
    internal int ReceivingMark => Volatile.Read(ref _own.Receiving);

    public bool IsDisposed => Volatile.Read(ref _isDisposed) != 0;

    private FamilyMark Family => new(_channel.Status + FamilyOffset);

    /// <exception cref="IOException">No memory or no descriptor is left.</exception>
    public static (RingTransport First, RingTransport Second) CreatePair(int firstToSecond, int secondToFirst, SpinBudget spin)
    {
        RingChannel channel = RingChannel.Create(firstToSecond, secondToFirst, hasLargeRings: false);
        RingChannel? other = null;
        SafeFileHandle? lifeline = null, otherLifeline = null;
        RingTransport? first = null;
        try
        {
            *(int*)(channel.Status + SpinOffset) = spin.Microseconds;
            new FamilyMark(channel.Status + FamilyOffset).Set();
            SafeFileHandle memory = Descriptors.Duplicate(channel.Handle);
            other = Open(memory);
            (ControlSocket ours, ControlSocket theirs) = ControlSocket.CreatePair();
            (lifeline, otherLifeline) = (ours.Handle, theirs.Handle);
            first = new RingTransport(channel, lifeline, 0, isNewHolder: true);
            return (first, new RingTransport(other, otherLifeline, 1, isNewHolder: true));
        }
        catch
        {
            first?.Dispose();
            channel.Dispose();
            other?.Dispose();
            lifeline?.Dispose();
            otherLifeline?.Dispose();
            throw;
        }
    }

    public bool TryHold() => _holds.TryAdd();

    public void LetGo()
    {
        if (_holds.Remove())
        {
            Release();
        }
    }

    public override void Dispose()
    {
        GC.SuppressFinalize(this);
        End();
    }

    /// <summary>For whoever saw that nobody holds the other end any more.</summary>
    internal void EndPeer()
    {
        if (TryHold())
        {
            _channel.Abandon();
            LetGo();
        }

        ForgetMail();
    }

    private static RingChannel Open(SafeFileHandle memory)
    {
        try
        {
            return RingChannel.Open(memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private void Hold()
    {
        if (!TryHold())
        {
            throw new ObjectDisposedException(typeof(Connection).FullName);
        }
    }

    private void End()
    {
        // Null when the constructor did not come to its end.
        if (_spin is not null && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _bell.Wake();
            if (_holds.IsShared)
            {
                DisposalBell.Ring();
            }

            LetGo();
        }
    }

    private void Release()
    {
        if (_watchKey != 0)
        {
            HangUpWatch.Instance.Remove(_watchKey);
        }

        if (Interlocked.Decrement(ref _own.Holders) == 0)
        {
            _channel.Abandon();
        }

        _ready?.Dispose();
        _kept?.Dispose();
        _receiver.Dispose();
        _channel.Dispose();
        _lifeline.Dispose();
    }
}
