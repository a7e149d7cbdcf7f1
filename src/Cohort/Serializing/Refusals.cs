namespace Cohort.Serializing;

/// <summary>Finds what may not travel, a type or what it is derived from, by <see cref="RefusedNames"/>.</summary>
/// <remarks>By name, so that looking does not load the assemblies that they are in.</remarks>
internal static class Refusals
{
    /// <summary>The end of a sentence that starts with the type's name; null if the type may travel.</summary>
    public static string? Find(Type type)
    {
        if (type.IsPrimitive && type != typeof(nint) && type != typeof(nuint))
        {
            return null;
        }

        if (type.IsCOMObject)
        {
            return RefusedNames.Plain;
        }

        for (Type? current = type; current is not null && current != typeof(object); current = current.BaseType)
        {
            Type definition = current.IsConstructedGenericType ? current.GetGenericTypeDefinition() : current;
            if (definition.FullName is { } name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Cohort.", StringComparison.Ordinal))
                && RefusedNames.Reason(name) is { } reason)
            {
                return name == "System.IO.Stream" && type.FullName == "System.IO.MemoryStream" ? null : reason;
            }
        }

        return null;
    }
}
