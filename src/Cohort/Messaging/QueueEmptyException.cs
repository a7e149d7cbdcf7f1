namespace Cohort.Messaging;

/// <summary>There was no item in a queue in time (Python: <c>queue.Empty</c>).</summary>
public sealed class QueueEmptyException : TimeoutException
{
    internal QueueEmptyException(string message)
        : base(message)
    {
    }
}
