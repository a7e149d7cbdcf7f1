namespace Cohort;

/// <summary>A function failed in a worker with an exception that could not be rebuilt here.</summary>
public sealed class RemoteTaskException : CohortException
{
    internal RemoteTaskException(string remoteType, string remoteMessage, string remoteText)
        : base($"A function failed in a worker with {remoteType}: {remoteMessage}{Environment.NewLine}--- in the worker ---{Environment.NewLine}{remoteText}")
    {
        RemoteType = remoteType;
        RemoteMessage = remoteMessage;
        RemoteStackTrace = remoteText;
    }

    /// <summary>The full name of the exception's type.</summary>
    public string RemoteType { get; }

    /// <summary>The exception's own message.</summary>
    public string RemoteMessage { get; }

    /// <summary>The exception's whole text with its stack, as the worker saw it.</summary>
    public string RemoteStackTrace { get; }
}
