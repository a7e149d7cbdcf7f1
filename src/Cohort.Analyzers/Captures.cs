using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace Cohort.Analyzers;

/// <summary>What a lambda or local function uses from outside: variables, each with its first use, and the object it is in.</summary>
internal sealed class Captures
{
    private readonly Dictionary<ISymbol, IOperation> _variables = new(SymbolEqualityComparer.Default);
    private readonly HashSet<ISymbol> _visited = new(SymbolEqualityComparer.Default);
    private readonly ISymbol _member;
    private readonly IOperation _root;

    private Captures(IOperation function, IMethodSymbol symbol, ISymbol member)
    {
        _member = member;
        _root = function;
        while (_root.Parent is { } parent)
        {
            _root = parent;
        }

        Visit(function, symbol);
    }

    /// <summary>Locals and parameters, with the place where the function first uses them.</summary>
    public IReadOnlyDictionary<ISymbol, IOperation> Variables => _variables;

    /// <summary>Where the function first uses the object that it is in; null if it does not.</summary>
    public IOperation? This { get; private set; }

    /// <param name="function">An anonymous function or a local function.</param>
    /// <param name="symbol">Its symbol.</param>
    /// <param name="member">The method, property or field that it is in.</param>
    public static Captures Of(IOperation function, IMethodSymbol symbol, ISymbol member) => new(function, symbol, member);

    /// <summary>The type of a captured variable.</summary>
    public static ITypeSymbol TypeOf(ISymbol variable) => variable is ILocalSymbol local ? local.Type : ((IParameterSymbol)variable).Type;

    private void Visit(IOperation function, IMethodSymbol symbol)
    {
        if (!_visited.Add(symbol))
        {
            return;
        }

        foreach (IOperation used in function.Descendants())
        {
            switch (used)
            {
                case ILocalReferenceOperation { Local: { IsConst: false } local }:
                    Note(local, used);
                    break;
                case IParameterReferenceOperation { Parameter: var parameter }:
                    if (IsOfPrimaryConstructor(parameter))
                    {
                        This ??= used;
                    }
                    else
                    {
                        Note(parameter, used);
                    }

                    break;
                case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance }:
                    This ??= used;
                    break;
                case IInvocationOperation { TargetMethod: { MethodKind: MethodKind.LocalFunction } called }:
                    Follow(called);
                    break;
                case IMethodReferenceOperation { Method: { MethodKind: MethodKind.LocalFunction } named }:
                    Follow(named);
                    break;
            }
        }
    }

    /// <summary>A local function that is called brings what it captures.</summary>
    private void Follow(IMethodSymbol called)
    {
        IMethodSymbol definition = called.OriginalDefinition;
        ILocalFunctionOperation? body = _root.Descendants().OfType<ILocalFunctionOperation>()
            .FirstOrDefault(candidate => SymbolEqualityComparer.Default.Equals(candidate.Symbol, definition));
        if (body is not null)
        {
            Visit(body, definition);
        }
    }

    private void Note(ISymbol variable, IOperation used)
    {
        for (ISymbol? owner = variable.ContainingSymbol; owner is not null; owner = owner.ContainingSymbol)
        {
            if (_visited.Contains(owner))
            {
                return;
            }
        }

        if (!_variables.ContainsKey(variable))
        {
            _variables.Add(variable, used);
        }
    }

    /// <summary>Outside of initializers, a parameter of a primary constructor is a field.</summary>
    private bool IsOfPrimaryConstructor(IParameterSymbol parameter) =>
        parameter.ContainingSymbol is IMethodSymbol { MethodKind: MethodKind.Constructor } constructor
        && _member is IMethodSymbol
        && !SymbolEqualityComparer.Default.Equals(constructor, _member);
}
