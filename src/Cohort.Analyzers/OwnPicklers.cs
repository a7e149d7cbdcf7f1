using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cohort.Analyzers;

/// <summary>The types that this project gives a pickler by <c>Picklers.Register</c>, wherever in it that is written.</summary>
internal sealed class OwnPicklers(Compilation compilation)
{
    private readonly Lazy<HashSet<ITypeSymbol>> _types = new(() => Read(compilation), LazyThreadSafetyMode.ExecutionAndPublication);

    public bool Contains(ITypeSymbol type) => _types.Value.Contains(type);

    private static HashSet<ITypeSymbol> Read(Compilation compilation)
    {
        HashSet<ITypeSymbol> types = new(SymbolEqualityComparer.Default);
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
        {
            InvocationExpressionSyntax[] calls = [.. tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>().Where(IsRegistration)];
            if (calls.Length == 0)
            {
                continue;
            }

#pragma warning disable RS1030 // A registration is in another file than the call that it makes right, and files with one are few.
            SemanticModel model = compilation.GetSemanticModel(tree);
#pragma warning restore RS1030
            foreach (InvocationExpressionSyntax call in calls)
            {
                if (model.GetSymbolInfo(call).Symbol is IMethodSymbol { ContainingType.Name: "Picklers", TypeArguments: { Length: 1 } registered })
                {
                    types.Add(registered[0]);
                }
            }
        }

        return types;
    }

    private static bool IsRegistration(InvocationExpressionSyntax call) => call.Expression switch
    {
        MemberAccessExpressionSyntax member => member.Name.Identifier.ValueText == "Register",
        SimpleNameSyntax name => name.Identifier.ValueText == "Register",
        _ => false,
    };
}
