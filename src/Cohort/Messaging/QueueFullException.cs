namespace Cohort.Messaging;

/// <summary>There was no room in a queue in time (Python: <c>queue.Full</c>). Nothing was put.</summary>
public sealed class QueueFullException : TimeoutException
{
    internal QueueFullException(string message)
        : base(message)
    {
    }
}
