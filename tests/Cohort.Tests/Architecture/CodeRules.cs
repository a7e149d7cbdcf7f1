using System.Text.RegularExpressions;

namespace Cohort.Tests.Architecture;

/// <summary>Rules over what types do. Each gives the violations that it found, as sentences.</summary>
internal static partial class CodeRules
{
    [GeneratedRegex(@"^System\.OperatingSystem\.Is|^System\.Runtime\.InteropServices\.RuntimeInformation\.(IsOSPlatform|get_OSDescription|get_RuntimeIdentifier)$|^System\.Environment\.get_OSVersion$")]
    private static partial Regex OperatingSystemQuestion { get; }

    public static IEnumerable<string> UpwardUses(IEnumerable<InspectedType> types)
    {
        foreach (InspectedType type in types.Where(static type => !type.IsCompilerMade))
        {
            if (Layers.Of(type.FullName) is not int layer)
            {
                yield return $"{type.FullName} stands in no known layer";
                continue;
            }

            foreach ((string used, string where) in type.UsedTypes)
            {
                if (Layers.Of(used) > layer)
                {
                    yield return $"{where} (layer {layer}) uses {used} (layer {Layers.Of(used)})";
                }
            }
        }
    }

    public static IEnumerable<string> NativeImportsOutsideInterop(IEnumerable<InspectedType> types) =>
        types.Where(static type => !IsIn(type, "Cohort.Interop"))
            .SelectMany(static type => type.NativeImports)
            .Select(static import => $"{import} is imported from a native library outside Interop/");

    public static IEnumerable<string> OperatingSystemQuestionsOutsidePlatform(IEnumerable<InspectedType> types) =>
        from type in types
        where !IsIn(type, "Cohort.Platform")
        from member in type.UsedMembers
        where OperatingSystemQuestion.IsMatch(member.Key)
        select $"{member.Value} asks {member.Key}: only Platform/ asks which system this is";

    public static IEnumerable<string> ConsoleUses(IEnumerable<InspectedType> types, IReadOnlySet<string> allowed) =>
        from type in types
        where !allowed.Contains(type.FullName)
        from member in type.UsedMembers
        where member.Key.StartsWith("System.Console.", StringComparison.Ordinal)
        select $"{member.Value} uses {member.Key}: a library does not talk on its user's terminal";

    private static bool IsIn(InspectedType type, string folder) =>
        type.Namespace == folder || type.Namespace.StartsWith(folder + '.', StringComparison.Ordinal);
}
