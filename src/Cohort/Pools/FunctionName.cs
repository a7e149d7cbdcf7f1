using System.Reflection;

namespace Cohort.Pools;

/// <summary>What messages call a function.</summary>
internal static class FunctionName
{
    /// <summary>Its type and name; for a lambda or a local function those of the method that it stands in.</summary>
    public static string Of(Delegate function)
    {
        MethodInfo method = function.Method;

        // The compiler puts lambdas on nested types of its own, and calls them <Method>b__1_0, and local functions
        // <Method>g__Name|1_0.
        Type? type = method.DeclaringType;
        while (type is { IsNested: true } && type.Name.StartsWith('<'))
        {
            type = type.DeclaringType;
        }

        int end = method.Name.LastIndexOf('>');
        if (!method.Name.StartsWith('<') || end < 0)
        {
            return $"{type?.Name}.{method.Name}";
        }

        // Statements at the top of a program are a method called <Main>$.
        string outer = $"{type?.Name}.{method.Name[1..end].Trim('<', '>', '$')}";
        ReadOnlySpan<char> rest = method.Name.AsSpan(end + 1);
        return rest.StartsWith("g__") && rest.IndexOf('|') is > 3 and int bar
            ? $"{outer}.{rest[3..bar]}"
            : $"{outer} (a lambda in it, {method.Name})";
    }
}
