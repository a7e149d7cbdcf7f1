namespace Cohort.Pools;

/// <summary>What workers gave at their start and end, for a pool and all its views.</summary>
internal sealed class WorkerResults
{
    /// <summary>The most that is kept of each: a pool that replaces its workers all the time must not grow without end.</summary>
    public const int MaxKept = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<WorkerResult> _starts = new();
    private readonly Queue<WorkerResult> _exits = new();

    public IReadOnlyList<WorkerResult> Starts => Copy(_starts);

    public IReadOnlyList<WorkerResult> Exits => Copy(_exits);

    public void AddStart(WorkerResult result) => Add(_starts, result);

    public void AddExit(WorkerResult result) => Add(_exits, result);

    private WorkerResult[] Copy(Queue<WorkerResult> results)
    {
        lock (_gate)
        {
            return [.. results.OrderBy(static result => result.WorkerId)];
        }
    }

    private void Add(Queue<WorkerResult> results, WorkerResult result)
    {
        lock (_gate)
        {
            results.Enqueue(result);
            if (results.Count > MaxKept)
            {
                results.Dequeue();
            }
        }
    }
}
