using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Cohort.Analyzers;

/// <summary>A function and what it captures.</summary>
internal static class FunctionCheck
{
    /// <param name="value">What is handed over: a lambda, the name of a method, or something that says nothing here.</param>
    /// <param name="call">The call or assignment that hands it over.</param>
    public static void Run(OperationAnalysisContext context, IOperation value, IOperation call, TravellingTypes types)
    {
        switch (Target(value))
        {
            case IAnonymousFunctionOperation lambda:
                CheckLambda(context, lambda, call, types);
                break;
            case IMethodReferenceOperation { Method.MethodKind: MethodKind.LocalFunction } named:
                CheckLocalFunction(context, named, call, types);
                break;
            case IMethodReferenceOperation { Instance: { Type: { } type } instance } bound:
                string of = instance is IInstanceReferenceOperation
                    ? $"'this', the object of '{bound.Method.Name}',"
                    : $"'{instance.Syntax}', the object of '{bound.Method.Name}',";
                Report(context, instance, bound.Syntax, of, type, instance is IInstanceReferenceOperation ? "this" : instance.Syntax.ToString(), types);
                break;
        }
    }

    private static IOperation Target(IOperation value)
    {
        while (true)
        {
            switch (value)
            {
                case IDelegateCreationOperation creation:
                    value = creation.Target;
                    break;
                case IConversionOperation conversion:
                    value = conversion.Operand;
                    break;
                case IParenthesizedOperation parenthesized:
                    value = parenthesized.Operand;
                    break;
                default:
                    return value;
            }
        }
    }

    private static void CheckLambda(OperationAnalysisContext context, IAnonymousFunctionOperation lambda, IOperation call, TravellingTypes types)
    {
        Captures captures = Captures.Of(lambda, lambda.Symbol, context.ContainingSymbol);
        CheckCaptures(context, captures, lambda, call, types);
        (IReadOnlyCollection<ISymbol> along, bool takesThis) = ClosureScopes.TakenAlong(lambda, captures, context.ContainingSymbol);
        SyntaxNode place = captures.Variables.Values.FirstOrDefault()?.Syntax ?? lambda.Syntax;
        foreach (ISymbol variable in along)
        {
            Report(context, null, place, AlongWith($"'{variable.Name}'"), Captures.TypeOf(variable), $"'{variable.Name}'", types);
        }

        if (takesThis && context.ContainingSymbol.ContainingType is { } type)
        {
            Report(context, null, place, AlongWith("'this'"), type, "this", types);
        }
    }

    private static string AlongWith(string name) => $"{name} goes along because another function in the same scope captures it, and";

    private static void CheckLocalFunction(OperationAnalysisContext context, IMethodReferenceOperation named, IOperation call, TravellingTypes types)
    {
        IOperation root = RootOf(named);
        ILocalFunctionOperation? function = root.Descendants().OfType<ILocalFunctionOperation>()
            .FirstOrDefault(candidate => SymbolEqualityComparer.Default.Equals(candidate.Symbol, named.Method.OriginalDefinition));
        if (function is not null)
        {
            CheckCaptures(context, Captures.Of(function, function.Symbol, context.ContainingSymbol), function, call, types, named.Syntax);
        }
    }

    /// <param name="place">Where to report what is captured; null for the place where it is used.</param>
    private static void CheckCaptures(
        OperationAnalysisContext context, Captures captures, IOperation function, IOperation call, TravellingTypes types, SyntaxNode? place = null)
    {
        if (captures.This is { } use && context.ContainingSymbol.ContainingType is { } type)
        {
            string name = NameOf(use);
            string who = name == "this" ? "'this', which is captured," : $"'this', which is captured by using '{name}',";
            Report(context, use, place ?? use.Syntax, who, type, "this", types);
        }

        IOperation root = RootOf(call);
        ILookup<ISymbol, IOperation> written = Writes.Below(function)
            .ToLookup(static write => write.Target, static write => write.Place, (IEqualityComparer<ISymbol>)SymbolEqualityComparer.Default);
        foreach (KeyValuePair<ISymbol, IOperation> captured in captures.Variables)
        {
            ISymbol variable = captured.Key;
            Report(
                context, captured.Value, place ?? captured.Value.Syntax, $"The captured variable '{variable.Name}'", Captures.TypeOf(variable), $"'{variable.Name}'", types);
            if (written[variable].FirstOrDefault() is { } inside)
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.WrittenInFunction, inside.Syntax.GetLocation(), variable.Name));
            }
            else if (LaterWrites.Find(call, variable, root, function) is { } later)
            {
                context.ReportDiagnostic(Diagnostic.Create(
                    Rules.WrittenLater, (place ?? captured.Value.Syntax).GetLocation(), [later.Syntax.GetLocation()], variable.Name));
            }
        }

        foreach (IGrouping<ISymbol, IOperation> field in written.Where(static target => target.Key is IFieldSymbol))
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.WrittenInFunction, field.First().Syntax.GetLocation(), field.Key.Name));
        }
    }

    private static void Report(
        OperationAnalysisContext context, IOperation? value, SyntaxNode place, string who, ITypeSymbol type, string root, TravellingTypes types)
    {
        if (types.Find(type) is { } obstacle)
        {
            context.ReportDiagnostic(Diagnostic.Create(Rules.CaptureCannotTravel, place.GetLocation(), who, obstacle.Describe(root)));
        }
    }

    private static string NameOf(IOperation use) => use switch
    {
        { Parent: IMemberReferenceOperation member } => member.Member.Name,
        { Parent: IInvocationOperation call } when call.Instance == use => call.TargetMethod.Name,
        IParameterReferenceOperation parameter => parameter.Parameter.Name,
        _ => "this",
    };

    private static IOperation RootOf(IOperation operation)
    {
        while (operation.Parent is { } parent)
        {
            operation = parent;
        }

        return operation;
    }
}
