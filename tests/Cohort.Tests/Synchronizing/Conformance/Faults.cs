namespace Cohort.Tests.Synchronizing.Conformance;

/// <summary>What a call on another agent throws, as a result that can travel.</summary>
internal static class Faults
{
    /// <summary>The name of the exception's type, or "none".</summary>
    public static string Of(Action call) => Record.Exception(call)?.GetType().Name ?? "none";
}
