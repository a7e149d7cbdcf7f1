using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Pools.Observing;

/// <summary>What one worker prints: its pipes, the lines that nobody got yet, and the last lines of standard error.</summary>
/// <remarks>
/// Read by the pool's output thread, and once more by whoever deals with the worker's death, who wants its last words now
/// and cannot wait for a handler that may be slow. Only the output thread hands lines on, so they keep their order.
/// </remarks>
internal sealed class WorkerOutput : IDisposable
{
    private const int TailLines = 10;
    private const int MaxTailLine = 500;

    /// <summary>How the runtime begins to tell why it ends the process; the stack that follows may be long.</summary>
    private static readonly string[] s_faults = ["Unhandled exception", "Fatal error", "Process terminated", "Stack overflow"];

    /// <summary>What a dead worker's pipe can hold at most, with a margin: a process that outlived it may go on writing.</summary>
    private const int MaxLastRead = 2 << 20;

    private readonly Lock _gate = new();
    private readonly OutputPipe _output = new();
    private readonly OutputPipe _error;
    private readonly OutputLines[] _streams;
    private readonly Queue<WorkerOutputLine> _pending = new();
    private readonly Queue<string> _tail = new();

    /// <summary>The last line before <see cref="_tail"/> that tells of a fault.</summary>
    private string? _fault;
    private WorkerLedger _worker = null!;
    private TaskClaim _claim;
    private bool _isFinished;

    /// <exception cref="IOException">No descriptors are left.</exception>
    public WorkerOutput()
    {
        try
        {
            _error = new OutputPipe();
        }
        catch
        {
            _output.Dispose();
            throw;
        }

        _streams =
        [
            new OutputLines(_output, text => Take(WorkerOutputStream.StandardOutput, text)),
            new OutputLines(_error, text => Take(WorkerOutputStream.StandardError, text)),
        ];
    }

    /// <summary>The worker's ends: for standard output, then for standard error.</summary>
    public SafeFileHandle[] WriteEnds => [_output.WriteEnd, _error.WriteEnd];

    /// <summary>All was read and handed on.</summary>
    public bool IsDone
    {
        get
        {
            lock (_gate)
            {
                return _isFinished && _pending.Count == 0;
            }
        }
    }

    /// <summary>The worker has its ends.</summary>
    public void Attach(WorkerLedger worker, TaskClaim claim)
    {
        _worker = worker;
        _claim = claim;
        _output.WriteEnd.Dispose();
        _error.WriteEnd.Dispose();
    }

    /// <summary>Output thread: what to wait for.</summary>
    public void AddSources(List<SafeFileHandle> handles)
    {
        foreach (OutputLines stream in _streams)
        {
            if (!stream.HasEnded)
            {
                handles.Add(stream.Pipe.ReadEnd);
            }
        }
    }

    /// <summary>Output thread: reads a part of what is there.</summary>
    public void Read()
    {
        lock (_gate)
        {
            if (!_isFinished)
            {
                Array.ForEach(_streams, static stream => stream.Read());
            }
        }
    }

    /// <summary>Output thread: the next line.</summary>
    public bool TryTake(out WorkerOutputLine? line)
    {
        lock (_gate)
        {
            return _pending.TryDequeue(out line);
        }
    }

    /// <summary>The worker is dead: reads what it left. Its status page may be gone after this.</summary>
    /// <returns>The last lines that it printed on standard error, after the one that tells of its fault if that is not among them.</returns>
    public string[] Finish()
    {
        lock (_gate)
        {
            if (!_isFinished)
            {
                foreach (OutputLines stream in _streams)
                {
                    int read;
                    for (int total = 0; total < MaxLastRead && (read = stream.Read()) > 0; total += read)
                    {
                    }

                    stream.Finish();
                }

                _isFinished = true;
            }

            return _fault is null ? [.. _tail] : [_fault, .. _tail];
        }
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private void Take(WorkerOutputStream stream, string text)
    {
        uint task = _claim.Claimed;
        _pending.Enqueue(new WorkerOutputLine(
            _worker.Id, _worker.Name, _worker.ProcessId, stream, text, TimeProvider.System.GetUtcNow(), task == 0 ? null : task));
        if (stream == WorkerOutputStream.StandardError)
        {
            _tail.Enqueue(text.Length <= MaxTailLine ? text : text[..MaxTailLine] + "…");
            if (_tail.Count > TailLines)
            {
                string dropped = _tail.Dequeue();
                if (Array.Exists(s_faults, fault => dropped.StartsWith(fault, StringComparison.Ordinal)))
                {
                    _fault = dropped;
                }
            }
        }
    }
}
