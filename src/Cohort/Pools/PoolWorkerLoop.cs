using System.Diagnostics;
using Cohort.Messaging;
using Cohort.Pools.Observing;
using Cohort.Serializing;
using Cohort.Utils;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>The worker's side of a pool: takes tasks from the request ring in order, answers in the reply ring.</summary>
internal sealed unsafe class PoolWorkerLoop
{
    private readonly RingParts _requests;
    private readonly RingSender _replies;
    private readonly Doorbell _ownBell;
    private readonly TaskClaim _claim;
    private readonly WorkerTask _task;
    private readonly SpinBudget _spin;

    /// <summary>
    /// Those not called yet are bytes: a closure can hold anything, so what it takes to make one is part of the first task that
    /// calls it. If this worker dies of it, or hangs, that is the task's fault, as with its arguments.
    /// </summary>
    private readonly Dictionary<int, DefinedFunction> _functions = [];
    private readonly PickleReader _reader = new();
    private readonly PickleReader _definitionReader = new();
    private readonly WriterSource _reply = new(new PickleWriter { GoesToSharedMemory = true });

    private readonly string _workerName;

    /// <summary>Each reply begins with when its task did, on the clock that all processes of the machine share.</summary>
    private readonly bool _stampsReplies;

    /// <summary>The span of the task that runs; null when its caller is not traced.</summary>
    private Activity? _span;

    /// <summary>The function called last: most tasks in a row call the same.</summary>
    private PoolFunction? _lastFunction;
    private int _lastFunctionId;

    public PoolWorkerLoop(string workerName, RingChannel channel, Doorbell hostBell, SpinBudget spin, bool stampsReplies = false)
    {
        _workerName = workerName;
        _stampsReplies = stampsReplies;
        _replies = channel.ReplySender(hostBell);
        _ownBell = channel.WorkerBell;
        _claim = new TaskClaim(channel.Status);
        _task = new WorkerTask(workerName, _claim);
        _spin = spin;
        _requests = new RingParts(channel.RequestReceiver(hostBell), _ownBell, spin);
    }

    /// <summary>The pool is told when the stages begin.</summary>
    public bool TellsBegin { get; init; }

    /// <param name="stages">What to do before the first task and after the last, encoded, or null.</param>
    /// <param name="index">This worker's place in its pool.</param>
    public void Run(byte[]? stages, int index)
    {
        _task.Install();
        if (Begin(stages, index) is not { } life)
        {
            return;
        }

        // What one task sets (an AsyncLocal, the culture) is not the next one's; what the initializer set is everybody's.
        ExecutionContext? context = ExecutionContext.Capture();
        try
        {
            do
            {
                RingMessage message = _requests.Receive();
                _reader.Reset(message.Data, message.Length, _requests);
                if (message.Tag == 0 && !Obey())
                {
                    Leave(life);
                    return;
                }

                if (message.Tag != 0 && _claim.TryBegin(message.Tag))
                {
                    _task.Begin(message.Tag);
                    RunTask(message.Tag);
                    _task.End();
                    if (context is not null)
                    {
                        ExecutionContext.Restore(context);
                    }
                }

                _reader.Clear();
                _requests.Release();
            }
            while (true);
        }
        catch (RingClosedException)
        {
            // The pool is gone: nothing left to do here.
        }
    }

    /// <summary>Null when it failed, which the pool is told.</summary>
    private WorkerLife? Begin(byte[]? stages, int index)
    {
        long start = Stopwatch.GetTimestamp();
        WorkerScope.OfProcess = new WorkerScope(_task.WorkerName, index);
        try
        {
            if (TellsBegin)
            {
                BeginReply(start);
                Reply(0, PoolFrames.Status.Initializing, start);
            }

            WorkerLife life = new(WorkerStages.Decode(stages), WorkerScope.OfProcess);
            BeginReply(start);
            life.Begin(_reply.Writer);
            Reply(0, PoolFrames.Status.Ready, start);
            return life;
        }
        catch (Exception exception) when (exception is not RingClosedException)
        {
            ReplyFault(0, PoolFrames.Status.NotInitialized, exception, start);
            return null;
        }
    }

    private void Leave(WorkerLife life)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            BeginReply(start);
            life.End(_reply.Writer);
            PoolFrames.EnsureFits(_reply, "The exit result");
            Reply(0, PoolFrames.Status.Left, start);
        }
        catch (Exception exception) when (exception is not RingClosedException)
        {
            ReplyFault(0, PoolFrames.Status.LeftWithFault, exception, start);
        }
    }

    /// <summary>Follows a control frame; false when it ends this worker.</summary>
    private bool Obey()
    {
        switch ((PoolFrames.Control)_reader.ReadInt32())
        {
            case PoolFrames.Control.Define:
                _functions[_reader.ReadInt32()] = new DefinedFunction(_reader.ReadBytesInPlace().ToArray());
                return true;
            case PoolFrames.Control.Forget:
                int forgotten = _reader.ReadInt32();
                _functions.Remove(forgotten);
                if (forgotten == _lastFunctionId)
                {
                    _lastFunction = null;
                }

                return true;
            case PoolFrames.Control.Prepare:
                Prepare(_functions[_reader.ReadInt32()].Make(_definitionReader));
                return true;
            default:
                return false;
        }
    }

    private static void Prepare(PoolFunction function)
    {
        try
        {
            function.Prepare();
        }
        catch (Exception)
        {
            // The first task that calls it meets the same, and says so.
        }
    }

    private void RunTask(uint number)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            PoolFunction function = FunctionForTask(number, ref start);
            BeginReply(start);
            function.Run(_reader, _reply.Writer);
            PoolFrames.EnsureFits(_reply, "The results");
            EndSpan(null);
        }
        catch (Exception exception)
        {
            EndSpan(exception);
            ReplyFault(number, PoolFrames.Status.Failed, exception, start);
            return;
        }

        Reply(number, PoolFrames.Status.Done, start);
    }

    private void EndSpan(Exception? fault)
    {
        if (_span is { } span)
        {
            _span = null;
            PoolTracing.End(span, fault);
        }
    }

    /// <param name="number">The task.</param>
    /// <param name="start">When it began: to make a function that others share is no part of its time.</param>
    private PoolFunction FunctionForTask(uint number, ref long start)
    {
        (int id, bool isTraced) = PoolFrames.ReadFunctionWord(_reader.ReadInt32());
        if (isTraced)
        {
            _span = PoolTracing.StartTask(TraceContext.Read(_reader), _workerName, number, null);
        }

        if (id == FunctionEntry.Inline)
        {
            return DefinedFunction.Decode(_reader.ReadBytesInPlace(), _definitionReader);
        }

        if (_lastFunction is null || id != _lastFunctionId)
        {
            _lastFunction = _functions[id].Make(_definitionReader);
            _lastFunctionId = id;
            start = Stopwatch.GetTimestamp();
        }

        return _lastFunction;
    }

    private void ReplyFault(uint number, PoolFrames.Status status, Exception exception, long start)
    {
        _reply.Writer.Undo();
        BeginReply(start);
        RemoteFault.Write(_reply.Writer, exception);
        Reply(number, status, start);
    }

    private void BeginReply(long start)
    {
        _reply.Writer.Reset();
        if (_stampsReplies)
        {
            _reply.Writer.WriteInt64(start);
        }
    }

    private void Reply(uint number, PoolFrames.Status status, long start)
    {
        _reply.Prefix = PoolFrames.ReplyWord(status, Stopwatch.GetElapsedTime(start));
        _replies.Send(_reply, number, _ownBell, _spin, Deadline.Never);
        _reply.Writer.ReleaseObjects();
    }
}
