namespace Cohort.Workers;

/// <summary>Of which workers a process is the worker. A function that makes workers which run that function would otherwise go on without end.</summary>
/// <param name="Depth">How many there are above it: 0 for the main process.</param>
/// <param name="Names">Their names, from the main process on; empty for the main process.</param>
internal readonly record struct WorkerAncestry(int Depth, string Names)
{
    /// <summary>How many generations of workers there may be below the main process.</summary>
    public const int MaxDepth = 10;

    /// <param name="name">The name of the process of which this is the ancestry.</param>
    /// <exception cref="InvalidOperationException">It is as deep as may be.</exception>
    public WorkerAncestry ForChild(string name)
    {
        string names = Depth == 0 ? name : $"{Names} > {name}";
        return Depth < MaxDepth
            ? new WorkerAncestry(Depth + 1, names)
            : throw new InvalidOperationException(
                $"Worker {name} cannot have workers: it is the {MaxDepth}th generation of workers of workers, which is the limit. Most likely a " +
                $"function makes a pool or a worker that runs this same function: {names}.");
    }
}
