namespace Cohort.Serializing;

/// <summary>What becomes of a token that can still be cancelled, on its way into a task.</summary>
internal static class CancellationTokens
{
    /// <summary>The token of the task that runs in this process; set by the layer that runs tasks.</summary>
    public static Func<CancellationToken>? OfTask { get; set; }
}
