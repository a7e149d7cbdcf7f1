namespace Cohort.Samples.ParallelConvert;

/// <summary>What became of one file; <see cref="Fault"/> is null when all went well.</summary>
internal sealed record Outcome(string File, TimeSpan Duration, string? Fault);
