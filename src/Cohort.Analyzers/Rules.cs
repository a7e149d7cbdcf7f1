using Microsoft.CodeAnalysis;

namespace Cohort.Analyzers;

/// <summary>What is warned of; docs/analyzers.md explains each.</summary>
internal static class Rules
{
    public const string CaptureCannotTravelId = "COHORT001";
    public const string ArgumentCannotTravelId = "COHORT002";
    public const string ResultCannotTravelId = "COHORT003";
    public const string WrittenInFunctionId = "COHORT004";
    public const string WrittenLaterId = "COHORT005";

    public static readonly DiagnosticDescriptor CaptureCannotTravel = Rule(
        CaptureCannotTravelId,
        "A captured value cannot travel to another process",
        "{0} cannot travel to another process: {1}",
        "A function that runs in another process takes along what it captures, as a copy. Streams, tasks, locks and the like cannot be copied.");

    public static readonly DiagnosticDescriptor ArgumentCannotTravel = Rule(
        ArgumentCannotTravelId,
        "An argument cannot travel to another process",
        "The argument {0} cannot travel to another process: {1}",
        "Arguments of a function that runs in another process are copied there. Streams, tasks, locks and the like cannot be copied.");

    public static readonly DiagnosticDescriptor ResultCannotTravel = Rule(
        ResultCannotTravelId,
        "A result cannot travel back from another process",
        "The function's result cannot travel back from another process: {0}",
        "What a function in another process returns is copied back. Streams, tasks, locks and the like cannot be copied.");

    public static readonly DiagnosticDescriptor WrittenInFunction = Rule(
        WrittenInFunctionId,
        "What the function writes to a captured variable does not come back",
        "The function writes to '{0}' in another process, on a copy that nobody else sees; return the value, or use a SharedValue<T>",
        "Captured variables are copied to the other process, and changes there do not come back.");

    public static readonly DiagnosticDescriptor WrittenLater = Rule(
        WrittenLaterId,
        "What is written to a captured variable later is not seen by the function",
        "'{0}' is written after the function was handed over, which does not see it: it has the value of before; copy it to a local variable to say so, or use a SharedValue<T>",
        "Captured variables are copied when the function is handed over, and the function does not see what is written to them afterwards.");

    private static DiagnosticDescriptor Rule(string id, string title, string message, string description) => new(
        id,
        title,
        message,
        "Cohort",
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description);
}
