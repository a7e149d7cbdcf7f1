using System.Globalization;
using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>What a function that runs in a <see cref="ProcessPool"/> can learn of where it runs.</summary>
/// <remarks>A cancellation token that the function captures, or gets as an argument, is this task's token where it arrives.</remarks>
public sealed class WorkerTask
{
    private static WorkerTask? s_worker;

    private readonly Lock _gate = new();
    private readonly TaskClaim _claim;
    private volatile uint _number;
    private CancellationTokenSource? _source;
    private Thread? _watch;

    internal WorkerTask(string workerName, TaskClaim claim)
    {
        WorkerName = workerName;
        _claim = claim;
    }

    /// <summary>The task that this worker runs now; null elsewhere, and between two tasks.</summary>
    public static WorkerTask? Current => s_worker is { _number: not 0 } worker ? worker : null;

    /// <summary>The worker's name: the pool's, a colon, and a number that no other worker of the pool gets.</summary>
    public string WorkerName { get; }

    /// <summary>The worker's number in its pool, from 1.</summary>
    public int WorkerId => int.Parse(WorkerName.AsSpan(WorkerName.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);

    /// <summary>The worker's place in its pool, from 0; its replacement has the same. <see cref="WorkerState.WorkerIndex"/> says it in every pool.</summary>
    public int WorkerIndex => WorkerScope.OfProcess?.Index ?? 0;

    /// <summary>
    /// Cancelled when the task is cancelled where it was submitted, or runs past its timeout. A task that ends by itself then
    /// saves its worker from being stopped.
    /// </summary>
    public CancellationToken CancellationToken
    {
        get
        {
            lock (_gate)
            {
                if (_number == 0)
                {
                    return CancellationToken.None;
                }

                if (_source is null)
                {
                    _source = new CancellationTokenSource();
                    StartWatch();
                    if (_claim.Cancelled == _number)
                    {
                        _source.Cancel();
                    }
                }

                return _source.Token;
            }
        }
    }

    /// <summary>Says at which call the worker is inside of the task that it runs, for whoever finds it dead.</summary>
    internal static void NoteItem(int place)
    {
        if (Current is { } worker)
        {
            worker._claim.NotePlace(worker._number, place);
        }
    }

    /// <summary>This process is a worker from now on.</summary>
    internal void Install()
    {
        s_worker = this;
        CancellationTokens.OfTask = static () => Current?.CancellationToken ?? CancellationToken.None;
    }

    internal void Begin(uint number) => _number = number;

    internal void End()
    {
        _number = 0;
        if (_source is not null)
        {
            lock (_gate)
            {
                _source.Dispose();
                _source = null;
            }
        }
    }

    /// <summary>Only for tasks that ask: a worker whose tasks do not has no such thread.</summary>
    private void StartWatch()
    {
        if (_watch is null)
        {
            _watch = new Thread(Watch, 256 * 1024) { IsBackground = true, Name = "Cohort task cancellation" };
            _watch.UnsafeStart();
        }
    }

    private void Watch()
    {
        while (true)
        {
            uint seen = _claim.Cancelled;
            CancellationTokenSource? source = null;
            lock (_gate)
            {
                if (seen == _number && seen != 0)
                {
                    source = _source;
                }
            }

            try
            {
                source?.Cancel();
            }
            catch (Exception exception) when (exception is ObjectDisposedException or AggregateException)
            {
                // The task has just ended, or what it had registered has failed: nobody is left to be told.
            }

            _claim.While(seen).Sleep(Timeout.Infinite);
        }
    }
}
