namespace Cohort.Pools;

/// <summary>A worker as the code that runs in it sees it.</summary>
/// <param name="name">The worker's name.</param>
/// <param name="index">Its place in its pool, from 0.</param>
internal sealed class WorkerScope(string name, int index)
{
    /// <summary>For workers that are threads; flows into what their functions await and start.</summary>
    private static readonly AsyncLocal<WorkerScope?> s_local = new();

    /// <summary>The worker that this whole process is; null for other processes.</summary>
    public static WorkerScope? OfProcess { get; set; }

    /// <summary>The innermost worker around the current code.</summary>
    public static WorkerScope? Current => s_local.Value ?? OfProcess;

    public string Name { get; } = name;

    public int Index { get; } = index;

    /// <summary>What the state factory made; null before it did, and where there is none.</summary>
    public object? State { get; set; }

    /// <summary>From here on the current thread, and what it starts, are in this worker.</summary>
    /// <returns>What to give to <see cref="Leave"/>.</returns>
    public WorkerScope? Enter()
    {
        WorkerScope? outer = s_local.Value;
        s_local.Value = this;
        return outer;
    }

    public static void Leave(WorkerScope? outer) => s_local.Value = outer;
}
