using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Pools.Observing;

// Overview
//
//      worker's descriptors 1 and 2 ──► pipes ──► output thread ──► handler
//
// One thread a pool reads all pipes and calls the handler, so that lines of one stream keep their order and the handler is
// never called twice at once. While the handler is busy nothing is read: the pipes fill up, and then workers wait in their
// writes, which is the back-pressure. Nothing else waits for the handler: a death is dealt with by whoever sees it
// (WorkerOutput.Finish), and the end of the pool waits for the last lines for a limited time.

/// <summary>Hands a pool's user what its workers print.</summary>
internal sealed class PoolOutput
{
    /// <summary>How long the end of a pool waits for a handler that is still busy with the last lines.</summary>
    public static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly string _pool;
    private readonly Action<WorkerOutputLine> _handler;
    private readonly EventDescriptor _news = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly List<WorkerOutput> _added = [];
    private bool _isComplete;
    private bool _hasFaulted;

    /// <exception cref="IOException">No descriptors are left.</exception>
    public PoolOutput(string pool, Action<WorkerOutputLine> handler)
    {
        _pool = pool;
        _handler = handler;
        _thread = new Thread(Run) { IsBackground = true, Name = $"Cohort pool {pool} output" };
        _thread.UnsafeStart();
    }

    /// <summary>Completes when the handler got everything.</summary>
    public Task Done => _done.Task;

    /// <summary>A worker that prints from now on.</summary>
    public void Add(WorkerOutput output)
    {
        lock (_gate)
        {
            _added.Add(output);
            _news.Set();
        }
    }

    /// <summary>Some worker is dead and its last lines are there.</summary>
    public void NoteDeath()
    {
        lock (_gate)
        {
            if (!_done.Task.IsCompleted)
            {
                _news.Set();
            }
        }
    }

    /// <summary>No worker comes any more.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            if (!_done.Task.IsCompleted)
            {
                _news.Set();
            }
        }
    }

    private void Run()
    {
        List<WorkerOutput> outputs = [];
        List<SafeFileHandle> sources = [];
        while (TakeIn(outputs))
        {
            foreach (WorkerOutput output in outputs)
            {
                ReadAndDeliver(output);
            }

            sources.Clear();
            sources.Add(_news.Handle);
            for (int i = outputs.Count - 1; i >= 0; i--)
            {
                if (outputs[i].IsDone)
                {
                    outputs[i].Dispose();
                    outputs.RemoveAt(i);

                    // Perhaps the last: look again before the sleep.
                    NoteDeath();
                }
                else
                {
                    outputs[i].AddSources(sources);
                }
            }

            OutputPipe.WaitAny(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sources));
        }
    }

    /// <summary>Takes up new workers; false when none is left and none comes.</summary>
    private bool TakeIn(List<WorkerOutput> outputs)
    {
        lock (_gate)
        {
            _news.Reset();
            outputs.AddRange(_added);
            _added.Clear();
            if (outputs.Count > 0 || !_isComplete)
            {
                return true;
            }

            _done.TrySetResult();
            _news.Dispose();
            return false;
        }
    }

    private void ReadAndDeliver(WorkerOutput output)
    {
        try
        {
            output.Read();
        }
        catch (IOException exception)
        {
            WorkerLog.Note(WorkerLog.Warning, $"the output of a worker of pool {_pool} cannot be read: {exception.Message}");
        }

        while (output.TryTake(out WorkerOutputLine? line))
        {
            try
            {
                _handler(line!);
            }
            catch (Exception exception)
            {
                // The work goes on, and so do the lines. One message says so, not one for each line.
                if (!_hasFaulted)
                {
                    _hasFaulted = true;
                    WorkerLog.Note(WorkerLog.Warning, $"the output handler of pool {_pool} failed: {exception}");
                }
            }
        }
    }
}
