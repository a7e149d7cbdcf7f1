using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Serializing;
using Cohort.Utils;

namespace Cohort.Pools;

/// <summary>The worker's side of a pool: takes tasks from the request ring in order, answers in the reply ring.</summary>
internal sealed unsafe class PoolWorkerLoop
{
    private readonly RingReceiver _requests;
    private readonly RingSender _replies;
    private readonly Doorbell _ownBell;
    private readonly TaskClaim _claim;
    private readonly SpinBudget _spin;
    private readonly Dictionary<int, PoolFunction> _functions = [];
    private readonly PickleReader _reader = new();
    private readonly PickleWriter _writer = new();
    private readonly WriterSource _reply;

    /// <summary>The function called last: most tasks in a row call the same.</summary>
    private PoolFunction? _lastFunction;
    private int _lastFunctionId;

    public PoolWorkerLoop(RingChannel channel, Doorbell hostBell, SpinBudget spin)
    {
        _requests = channel.RequestReceiver(hostBell);
        _replies = channel.ReplySender(hostBell);
        _ownBell = channel.WorkerBell;
        _claim = new TaskClaim(channel.Status);
        _spin = spin;
        _reply = new WriterSource(_writer);
    }

    public void Run(Action? initializer)
    {
        if (!Initialize(initializer))
        {
            return;
        }

        try
        {
            do
            {
                _requests.Receive(out RingMessage message, _ownBell, _spin, Deadline.Never);
                _reader.Reset(message.Data, message.Length);
                if (message.Tag == 0 && !Obey())
                {
                    return;
                }

                if (message.Tag != 0 && _claim.TryBegin(message.Tag))
                {
                    RunTask(message.Tag);
                }

                _requests.Release();
            }
            while (true);
        }
        catch (RingClosedException)
        {
            // The pool is gone: nothing left to do here.
        }
    }

    private bool Initialize(Action? initializer)
    {
        try
        {
            initializer?.Invoke();
        }
        catch (Exception exception)
        {
            _writer.Reset();
            _writer.WriteInt32(PoolFrames.ReplyWord(PoolFrames.Status.NotInitialized, default));
            RemoteFault.Write(_writer, exception);
            Reply(0);
            return false;
        }

        _writer.Reset();
        _writer.WriteInt32(PoolFrames.ReplyWord(PoolFrames.Status.Ready, default));
        Reply(0);
        return true;
    }

    /// <summary>Follows a control frame; false when it ends this worker.</summary>
    private bool Obey()
    {
        switch ((PoolFrames.Control)_reader.ReadInt32())
        {
            case PoolFrames.Control.Define:
                int id = _reader.ReadInt32();
                _functions[id] = DecodeFunction();
                return true;
            case PoolFrames.Control.Forget:
                int forgotten = _reader.ReadInt32();
                _functions.Remove(forgotten);
                if (forgotten == _lastFunctionId)
                {
                    _lastFunction = null;
                }

                return true;
            default:
                return false;
        }
    }

    private PoolFunction DecodeFunction()
    {
        try
        {
            return PoolFunction.Decode(_reader);
        }
        catch (Exception exception)
        {
            // Each task that calls it answers with why it cannot be called here.
            return new BrokenFunction(exception);
        }
    }

    private void RunTask(uint number)
    {
        long start = Stopwatch.GetTimestamp();
        _writer.Reset();
        Span<byte> word = _writer.ReserveInt32();
        PoolFrames.Status status;
        try
        {
            FunctionForTask().Run(_reader, _writer);
            status = PoolFrames.Status.Done;
        }
        catch (Exception exception)
        {
            _writer.Reset();
            word = _writer.ReserveInt32();
            RemoteFault.Write(_writer, exception);
            status = PoolFrames.Status.Failed;
        }

        _writer.PatchInt32(0, PoolFrames.ReplyWord(status, Stopwatch.GetElapsedTime(start)));
        Reply(number);
    }

    private PoolFunction FunctionForTask()
    {
        int id = _reader.ReadInt32();
        if (id == FunctionEntry.Inline)
        {
            // A definition is a message of its own inside the frame, with its own table of types and references.
            return PoolFunction.Decode(_reader.ReadNested());
        }

        if (_lastFunction is null || id != _lastFunctionId)
        {
            _lastFunction = _functions[id];
            _lastFunctionId = id;
        }

        return _lastFunction;
    }

    private void Reply(uint number) => _replies.Send(_reply, number, _ownBell, _spin, Deadline.Never);
}
