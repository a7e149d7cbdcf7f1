using System.Globalization;

namespace Cohort.Subprocesses;

/// <summary>What an <see cref="Expect"/> waited for did not come in time.</summary>
public sealed class ExpectTimeoutException : TimeoutException
{
    internal ExpectTimeoutException(IReadOnlyList<ExpectPattern> patterns, TimeSpan timeout, string source, string buffer)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"{source} did not show {ExpectText.List(patterns)} within {timeout.TotalSeconds:0.###} seconds. {ExpectText.Tail(buffer)}"))
    {
        Patterns = patterns;
        Timeout = timeout;
        Buffer = buffer;
    }

    /// <summary>What was waited for.</summary>
    public IReadOnlyList<ExpectPattern> Patterns { get; }

    /// <summary>The time that it had.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>All that came and was not taken. It is kept for the next wait.</summary>
    public string Buffer { get; }
}
