namespace Cohort.Subprocesses;

/// <summary>The output ended, and what an <see cref="Expect"/> waited for had not come.</summary>
public sealed class ExpectEndedException : CohortException
{
    internal ExpectEndedException(IReadOnlyList<ExpectPattern> patterns, string source, string buffer)
        : base($"The output of {source} ended without {ExpectText.List(patterns)}. {ExpectText.Tail(buffer)}")
    {
        Patterns = patterns;
        Buffer = buffer;
    }

    /// <summary>What was waited for.</summary>
    public IReadOnlyList<ExpectPattern> Patterns { get; }

    /// <summary>All that came and was not taken. It is kept: a wait for <see cref="Expect.EndOfOutput"/> takes it.</summary>
    public string Buffer { get; }
}
