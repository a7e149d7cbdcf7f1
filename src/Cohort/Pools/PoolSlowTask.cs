namespace Cohort.Pools;

/// <summary>One of the slowest tasks of a pool.</summary>
/// <param name="Function">What it ran.</param>
/// <param name="Arguments">Its arguments in short, as they were when it had ended.</param>
/// <param name="Duration">How long a call took: of a chunk, on average.</param>
/// <param name="Calls">How many calls were measured together: 1, or a chunk's.</param>
/// <param name="Worker">Who ran it.</param>
public sealed record PoolSlowTask(string Function, string Arguments, TimeSpan Duration, int Calls, string Worker);
