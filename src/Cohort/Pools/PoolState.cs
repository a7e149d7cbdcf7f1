namespace Cohort.Pools;

/// <summary>Whether a pool runs, for all its views.</summary>
internal sealed class PoolState(string name)
{
    private volatile string? _notRunning;

    public string Name { get; } = name;

    /// <summary>"running", or how it was ended.</summary>
    public string Description => _notRunning ?? "running";

    public bool IsRunning => _notRunning is null;

    public void NoteClosed() => _notRunning ??= "closed";

    public void NoteTerminated() => _notRunning = "terminated";

    /// <exception cref="InvalidOperationException">It was closed or terminated.</exception>
    public void EnsureRunning()
    {
        if (_notRunning is { } state)
        {
            throw new InvalidOperationException($"Pool {Name} is not running: it was {state}.");
        }
    }
}
