namespace Cohort.Sharing;

/// <summary>
/// A shared object came with a message, but cannot be opened any more: the process that sent it has ended, or has disposed
/// it, before this one had it open.
/// </summary>
public sealed class SharedObjectLostException : CohortException
{
    internal SharedObjectLostException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
