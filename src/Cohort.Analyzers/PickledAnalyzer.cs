using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Cohort.Analyzers;

/// <summary>
/// Looks at functions that are handed over to run in another process, and says at compile time what would be refused at
/// run time, and what would not do what it seems to.
/// </summary>
/// <remarks>
/// Such functions are passed where the library or its user has put <c>[Pickled]</c>, on a parameter or a property. In doubt
/// it is silent: the run time has the last word.
/// </remarks>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PickledAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.CaptureCannotTravel, Rules.ArgumentCannotTravel, Rules.ResultCannotTravel, Rules.WrittenInFunction, Rules.WrittenLater,
    ];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName("Cohort.Serializing.PickledAttribute") is not { } mark)
            {
                return;
            }

            TravellingTypes types = new(start.Compilation);
            start.RegisterOperationAction(
                operation =>
                {
                    IArgumentOperation argument = (IArgumentOperation)operation.Operation;
                    if (argument.Parameter is { } parameter && IsMarked(parameter, mark) && !IsOfPoolHere(argument))
                    {
                        SignatureCheck.Run(operation, argument, parameter, types);
                        FunctionCheck.Run(operation, argument.Value, argument.Parent!, types);
                    }
                },
                OperationKind.Argument);
            start.RegisterOperationAction(
                operation =>
                {
                    ISimpleAssignmentOperation assignment = (ISimpleAssignmentOperation)operation.Operation;
                    if (assignment.Target is IPropertyReferenceOperation { Property: { } property } && IsMarked(property, mark))
                    {
                        FunctionCheck.Run(operation, assignment.Value, assignment, types);
                    }
                },
                OperationKind.SimpleAssignment);
        });
    }

    /// <summary>Pools whose workers are in this process share all calls with those whose are not, and carry nothing anywhere.</summary>
    private static bool IsOfPoolHere(IArgumentOperation argument) =>
        argument.Parent is IInvocationOperation { Instance.Type: { } pool }
        && (pool.ToDisplayString() is "Cohort.ThreadWorkerPool" or "Cohort.InlinePool");

    private static bool IsMarked(ISymbol symbol, INamedTypeSymbol mark) =>
        symbol.OriginalDefinition.GetAttributes().Any(attribute => SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, mark));
}
