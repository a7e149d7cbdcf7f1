using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Cohort.Analyzers;

/// <summary>Where variables and fields get new values. A declaration's initializer is not a write.</summary>
internal static class Writes
{
    /// <summary>The places below an operation that write, each with what it writes to.</summary>
    public static IEnumerable<(ISymbol Target, IOperation Place)> Below(IOperation operation)
    {
        foreach (IOperation inner in operation.Descendants())
        {
            IOperation? target = inner switch
            {
                IAssignmentOperation assignment => assignment.Target,
                IIncrementOrDecrementOperation increment => increment.Target,
                IArgumentOperation { Parameter.RefKind: RefKind.Ref or RefKind.Out } argument => argument.Value,
                _ => null,
            };
            foreach (IOperation written in Parts(target))
            {
                if (SymbolOf(written) is { } symbol)
                {
                    yield return (symbol, written);
                }
            }
        }
    }

    private static IEnumerable<IOperation> Parts(IOperation? target) => target switch
    {
        null => [],
        ITupleOperation tuple => tuple.Elements.SelectMany(Parts),
        _ => [target],
    };

    private static ISymbol? SymbolOf(IOperation written) => written switch
    {
        ILocalReferenceOperation local => local.Local,
        IParameterReferenceOperation parameter => parameter.Parameter,

        // A field that is filled when it is first needed is a cache, which a copy may have for itself.
        IFieldReferenceOperation { Instance: IInstanceReferenceOperation, Parent: not ICoalesceAssignmentOperation } field => field.Field,

        // A part of a variable that is a struct.
        IFieldReferenceOperation { Instance: { Type.IsValueType: true } whole } => SymbolOf(whole),
        IPropertyReferenceOperation { Instance: { Type.IsValueType: true } whole } => SymbolOf(whole),
        _ => null,
    };
}
