namespace Cohort;

/// <summary>The base of all faults that Cohort itself reports. Misuse of the API throws the BCL's exceptions instead.</summary>
public abstract class CohortException : Exception
{
    private protected CohortException(string message)
        : base(message)
    {
    }

    private protected CohortException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
