using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Cohort.Analyzers;

/// <summary>A function's arguments and its result, by the types in its signature.</summary>
internal static class SignatureCheck
{
    public static void Run(OperationAnalysisContext context, IArgumentOperation argument, IParameterSymbol parameter, TravellingTypes types)
    {
        if (parameter.Type is not INamedTypeSymbol { DelegateInvokeMethod: { } function }
            || parameter.OriginalDefinition.Type is not INamedTypeSymbol { DelegateInvokeMethod: { } definition })
        {
            return;
        }

        for (int i = 0; i < function.Parameters.Length; i++)
        {
            CheckArgument(context, argument, function.Parameters[i].Type, definition.Parameters[i].Type, types);
        }

        if (Result(function.ReturnType, definition.ReturnType) is { } result && types.Find(result) is { } obstacle)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.ResultCannotTravel, argument.Value.Syntax.GetLocation(), obstacle.Describe(Short(result))));
        }
    }

    private static void CheckArgument(
        OperationAnalysisContext context, IArgumentOperation function, ITypeSymbol type, ITypeSymbol definition, TravellingTypes types)
    {
        IOperation place = SourceOf(function, definition) ?? function.Value;
        ITypeSymbol declared = SymbolEqualityComparer.Default.Equals((place.Parent as IArgumentOperation)?.Parameter?.Type, type)
            ? Unconverted(place).Type ?? type
            : type;
        if ((types.Find(type) ?? types.Find(declared)) is { } obstacle)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.ArgumentCannotTravel, place.Syntax.GetLocation(), $"'{place.Syntax}'", obstacle.Describe(Short(declared))));
        }
    }

    /// <summary>The argument of the same call that a function's parameter gets its value from: of its type, or a sequence of it.</summary>
    private static IOperation? SourceOf(IArgumentOperation function, ITypeSymbol parameter)
    {
        ImmutableArray<IArgumentOperation> arguments = function.Parent switch
        {
            IInvocationOperation call => call.Arguments,
            IObjectCreationOperation creation => creation.Arguments,
            _ => [],
        };
        return arguments.FirstOrDefault(candidate => candidate != function
            && candidate.Parameter is { } taken
            && Mentions(taken.OriginalDefinition.Type, parameter))?.Value;
    }

    private static bool Mentions(ITypeSymbol type, ITypeSymbol sought) =>
        SymbolEqualityComparer.Default.Equals(type, sought)
        || (type is INamedTypeSymbol { DelegateInvokeMethod: null } named && named.TypeArguments.Any(inner => Mentions(inner, sought)));

    private static IOperation Unconverted(IOperation value)
    {
        while (value is IConversionOperation { IsImplicit: true } conversion)
        {
            value = conversion.Operand;
        }

        return value;
    }

    /// <summary>What comes back, if anything: where the method awaits the function, what the function's task gives.</summary>
    private static ITypeSymbol? Result(ITypeSymbol type, ITypeSymbol definition) =>
        definition is INamedTypeSymbol { Name: "Task" or "ValueTask" } ? (type as INamedTypeSymbol)?.TypeArguments.FirstOrDefault()
        : type.SpecialType == SpecialType.System_Void ? null
        : type;

    private static string Short(ITypeSymbol type) => type.WithNullableAnnotation(NullableAnnotation.None).ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat);
}
