namespace Cohort.Messaging;

/// <summary>The other side of a ring has closed it or has died.</summary>
internal sealed class RingClosedException : IOException
{
    public RingClosedException()
        : base("The other side of the ring has closed it or has died.")
    {
    }
}
