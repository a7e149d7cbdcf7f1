namespace Cohort.Messaging;

/// <summary>
/// Two processes could not prove to each other that they have the same key, or one of them did not take part in that as it
/// has to (Python: <c>multiprocessing.AuthenticationError</c>). There is no connection.
/// </summary>
public sealed class ConnectionAuthenticationException : CohortException
{
    internal ConnectionAuthenticationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
