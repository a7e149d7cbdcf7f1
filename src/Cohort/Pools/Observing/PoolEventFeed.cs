namespace Cohort.Pools.Observing;

/// <summary>Hands a pool's events to its user, one at a time and in order, on threads of the thread pool: whoever posts never waits.</summary>
internal sealed class PoolEventFeed(string pool, Action<PoolEvent> handler)
{
    /// <summary>How many events wait for a handler that is slow; those after them are lost.</summary>
    private const int MaxWaiting = 65536;

    private readonly Lock _gate = new();
    private readonly Queue<PoolEvent> _waiting = new();
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isDelivering;
    private bool _isComplete;
    private bool _hasFaulted;
    private bool _hasDropped;

    /// <summary>Completes when the handler got everything.</summary>
    public Task Done => _done.Task;

    public void Post(PoolEvent news)
    {
        lock (_gate)
        {
            if (_waiting.Count == MaxWaiting)
            {
                NoteOnce(ref _hasDropped, $"the event handler of pool {pool} is too slow: events are lost");
                return;
            }

            _waiting.Enqueue(news);
            if (_isDelivering)
            {
                return;
            }

            _isDelivering = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static feed => feed.Deliver(), this, preferLocal: false);
    }

    /// <summary>No event comes any more.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            if (!_isDelivering)
            {
                _done.TrySetResult();
            }
        }
    }

    private void Deliver()
    {
        while (TryTake() is { } news)
        {
            try
            {
                handler(news);
            }
            catch (Exception exception)
            {
                NoteOnce(ref _hasFaulted, $"the event handler of pool {pool} failed: {exception}");
            }
        }
    }

    private PoolEvent? TryTake()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out PoolEvent? news))
            {
                return news;
            }

            _isDelivering = false;
            if (_isComplete)
            {
                _done.TrySetResult();
            }

            return null;
        }
    }

    private static void NoteOnce(ref bool isNoted, string message)
    {
        if (!isNoted)
        {
            isNoted = true;
            WorkerLog.Note(WorkerLog.Warning, message);
        }
    }
}
