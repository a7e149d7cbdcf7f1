namespace Cohort.Serializing;

/// <summary>
/// A value that cannot cross to another process, or bytes that are not a value. <see cref="Path"/> names the part at
/// fault where one is known.
/// </summary>
public sealed class PickleException : CohortException
{
    internal PickleException(string message)
        : base(message)
    {
    }

    internal PickleException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal PickleException(string path, string message, Exception? innerException)
        : base($"{path}: {message}", innerException)
    {
        Path = path;
        Reason = message;
    }

    /// <summary>
    /// The way from the root to the part that cannot travel, such as <c>args[0].Logger._stream</c>; null when bytes were
    /// being read.
    /// </summary>
    public string? Path { get; }

    /// <summary>The message without the path.</summary>
    internal string Reason { get => field ?? Message; }
}
