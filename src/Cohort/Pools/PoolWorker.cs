using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Pools.Observing;
using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>What a pool knows of one of its workers. All of it belongs to the dispatcher's lock.</summary>
internal sealed unsafe class PoolWorker : IDisposable
{
    /// <summary>How much work shall wait in a worker's ring: enough to bridge the dispatcher's absence, in time.</summary>
    private static readonly TimeSpan s_queuedWork = TimeSpan.FromMilliseconds(1);

    private const int MinWindow = 2;
    private const int MaxWindow = 512;

    private readonly RingChannel _channel;
    private readonly HashSet<int> _knownFunctions = [];
    private readonly List<int> _forgotten = [];
    private readonly WriterSource _request = new(new PickleWriter { CarriesTaskTokens = true, GoesToSharedMemory = true });

    /// <summary>The mean time of a frame, in ticks of 100 ns; exponentially smoothed.</summary>
    private double _meanTicks = -1;
    private uint _lastNumber;
    private WorkItem? _stalled;

    /// <summary>How long the definition is that found no room; 0 when none waits. The ring keeps no copy of it.</summary>
    private long _neededRoom;

    public PoolWorker(WorkerLedger ledger, int index, WorkerHandle handle, RingChannel channel)
    {
        Ledger = ledger;
        Index = index;
        Handle = handle;
        _channel = channel;
        Requests = channel.RequestSender();
        Replies = channel.ReplyReceiver();
        Claim = new TaskClaim(channel.Status);
    }

    public string Name => Ledger.Name;

    /// <summary>What it prints; null when that goes where this process prints.</summary>
    public WorkerOutput? Output { get; init; }

    /// <summary>What is counted of it.</summary>
    public WorkerLedger Ledger { get; }

    /// <summary>The number in its name, which no other worker of the pool gets.</summary>
    public int Id => Ledger.Id;

    /// <summary>Its place in the pool.</summary>
    public int Index { get; }

    public WorkerHandle Handle { get; }

    public RingSender Requests { get; }

    public RingReceiver Replies { get; }

    public TaskClaim Claim { get; }

    /// <summary>How long it lives, and whether it is one of those that work now.</summary>
    public required WorkerTenure Tenure { get; init; }

    /// <summary>Sent and not answered, oldest first.</summary>
    public WorkDeque InFlight { get; } = new();

    /// <summary>It has said that it is initialized.</summary>
    public bool IsReady { get; set; }

    /// <summary>It was told to finish, so its end is no loss.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>When it was told to finish; 0 before that.</summary>
    public long LeaveSentAt { get; private set; }

    /// <summary>It has said how its exit function went, or it was noted why it will not.</summary>
    public bool HasLeft { get; set; }

    /// <summary>What it sends makes no sense, so it is killed and not listened to.</summary>
    public bool IsBroken { get; set; }

    /// <summary>When it last answered or was last sent something while idle.</summary>
    public long LastProgress { get; set; }

    /// <summary>How many frames it may have at once.</summary>
    public int Window { get; private set; } = MinWindow;

    /// <summary>Waits for room in the ring.</summary>
    public bool IsBlocked => _stalled is not null || Requests.HasPending || _neededRoom > 0;

    /// <summary>How many tasks it has or is about to get.</summary>
    public int Load => InFlight.Count + (_stalled is null ? 0 : 1);

    public bool CanTake => IsReady && !IsLeaving && !IsBroken && !IsBlocked && InFlight.Count < Window && Tenure.MayTake(Load);

    /// <summary>The number of the last task sent.</summary>
    public uint LastNumber => _lastNumber;

    /// <summary>
    /// Sends a task, or keeps it until there is room. Frames may be invisible to the worker until <see cref="Publish"/>.
    /// </summary>
    /// <returns>False when the task has to wait at the pool, because the worker was not even told of its function.</returns>
    /// <exception cref="PickleException">The arguments cannot travel; the worker was sent nothing.</exception>
    public bool Send(WorkItem item)
    {
        FunctionEntry function = item.Function;
        if (_forgotten.Count > 0)
        {
            SendForgotten();
            if (_forgotten.Contains(function.Id))
            {
                // Defined anew before it is forgotten, it would be gone after that.
                _neededRoom = _request.Length;
                return false;
            }
        }

        if (function.Id != FunctionEntry.Inline && !_knownFunctions.Contains(function.Id) && !Define(function))
        {
            return false;
        }

        PickleWriter writer = _request.Writer;
        writer.Reset();
        TraceContext? trace = item.Watch?.Trace;
        _request.Prefix = PoolFrames.FunctionWord(function.Id, trace is not null);
        trace?.Write(writer);
        if (function.Id == FunctionEntry.Inline)
        {
            writer.WriteManyBytes(function.Definition);
        }

        item.WriteArguments(writer);
        item.Undo = writer.TakeUndo();
        PoolFrames.EnsureFits(_request, "The arguments");
        if (!SendEncoded(item))
        {
            _stalled = item;
        }

        return true;
    }

    /// <summary>Tells a worker that waits for its place of a function that it will be given, so that its first task finds it ready.</summary>
    public void Prepare(FunctionEntry function)
    {
        if (!IsBlocked && Define(function) && !IsBlocked)
        {
            SendControl(PoolFrames.Control.Prepare, writer => writer.WriteInt32(function.Id));
        }
    }

    /// <summary>Goes on with what waited for room; whether there was room for any of it.</summary>
    public bool Unblock()
    {
        long before = Requests.Written;
        bool whole = !Requests.HasPending || Requests.Flush();
        if (whole && _stalled is null)
        {
            _request.Writer.ReleaseObjects();
        }

        bool hasRoom = whole && _neededRoom > 0 && Requests.HasRoom(_neededRoom);
        if (hasRoom)
        {
            _neededRoom = 0;
        }

        if (whole && _stalled is { } item)
        {
            _stalled = null;
            if (SendEncoded(item))
            {
                Publish();
            }
            else
            {
                _stalled = item;
            }
        }

        return hasRoom || Requests.Written != before;
    }

    public void Publish() => Requests.Publish();

    /// <summary>Tells the worker to end when it has done what it was sent.</summary>
    public bool TrySendExit()
    {
        if (IsBlocked || !SendControl(PoolFrames.Control.Exit, static _ => { }))
        {
            return false;
        }

        IsLeaving = true;
        LeaveSentAt = Stopwatch.GetTimestamp();
        return true;
    }

    /// <summary>A function will not be called again. The worker is told so before its next task.</summary>
    public void Forget(int functionId)
    {
        if (_knownFunctions.Remove(functionId))
        {
            _forgotten.Add(functionId);
        }
    }

    /// <summary>Takes an answer into account: short tasks may wait in larger numbers.</summary>
    public void NoteAnswer(TimeSpan elapsed)
    {
        double ticks = Math.Max(elapsed.Ticks, 1);
        _meanTicks = _meanTicks < 0 ? ticks : _meanTicks + ((ticks - _meanTicks) / 8);
        Window = (int)Math.Clamp(s_queuedWork.Ticks / _meanTicks, MinWindow, MaxWindow);
    }

    /// <summary>Takes back what the worker has not begun, newest first in the result.</summary>
    public IEnumerable<WorkItem> TakeBack()
    {
        if (_stalled is { } stalled)
        {
            _stalled = null;
            _request.Writer.ReleaseObjects();
            stalled.GiveUpMessage();
            yield return stalled;
        }

        uint begun = Claim.Revoke(_lastNumber);
        while (InFlight.Count > 0 && (int)(InFlight.Last.Number - begun) > 0)
        {
            WorkItem item = InFlight.PopBack();
            item.GiveUpMessage();
            yield return item;
        }
    }

    public void Dispose()
    {
        Replies.Dispose();
        _channel.Dispose();
        Handle.Dispose();
    }

    private bool SendEncoded(WorkItem item)
    {
        uint number = _lastNumber + 1;
        number += number == 0 ? 1u : 0u;
        item.Number = number;
        if (!Requests.TrySend(_request, number, publish: false))
        {
            return false;
        }

        if (!Requests.HasPending)
        {
            _request.Writer.ReleaseObjects();
        }

        _lastNumber = number;
        if (InFlight.Count == 0)
        {
            LastProgress = Stopwatch.GetTimestamp();
        }

        InFlight.PushBack(item);
        return true;
    }

    private bool Define(FunctionEntry function)
    {
        bool sent = SendControl(PoolFrames.Control.Define, writer =>
        {
            writer.WriteInt32(function.Id);
            writer.WriteManyBytes(function.Definition);
        });
        if (sent)
        {
            _knownFunctions.Add(function.Id);
        }

        else
        {
            _neededRoom = _request.Length;
        }

        return sent && !Requests.HasPending;
    }

    private void SendForgotten()
    {
        while (_forgotten.Count > 0 && SendControl(PoolFrames.Control.Forget, writer => writer.WriteInt32(_forgotten[^1])))
        {
            _forgotten.RemoveAt(_forgotten.Count - 1);
        }
    }

    private bool SendControl(PoolFrames.Control control, Action<PickleWriter> write)
    {
        _request.Writer.Reset();
        _request.Prefix = (int)control;
        write(_request.Writer);
        return Requests.TrySend(_request, 0);
    }
}
