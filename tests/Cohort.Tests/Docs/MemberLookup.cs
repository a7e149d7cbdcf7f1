using System.Reflection;

namespace Cohort.Tests.Docs;

/// <summary>
/// Finds what a page names: "Namespace.Type", "Namespace.Type&lt;T&gt;" or either with a member after it, public or
/// protected, in the library or in the framework.
/// </summary>
internal static class MemberLookup
{
    private const BindingFlags Visible =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    private static readonly Lazy<Dictionary<string, Type>> s_types = new(ReadTypes);

    public static bool Exists(string name)
    {
        if (s_types.Value.ContainsKey(name))
        {
            return true;
        }

        int dot = name.LastIndexOf('.');
        return dot > 0
            && s_types.Value.TryGetValue(name[..dot], out Type? type)
            && HasMember(type, name[(dot + 1)..]);
    }

    private static bool HasMember(Type type, string name) => type.GetMember(name, Visible).Any(IsVisible)
        || type.GetInterfaces().Any(parent => type.IsInterface && parent.GetMember(name, Visible).Any(IsVisible));

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        EventInfo @event => IsVisible(@event.AddMethod!),
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        Type nested => nested.IsNestedPublic,
        _ => false,
    };

    private static Dictionary<string, Type> ReadTypes()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        Dictionary<string, Type> types = new(StringComparer.Ordinal);
        foreach (string path in trusted.Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == framework || Path.GetFileName(path) == "Cohort.dll"))
        {
            foreach (Type type in Assembly.Load(Path.GetFileNameWithoutExtension(path)).GetExportedTypes())
            {
                types.TryAdd(Written(type), type);
            }
        }

        return types;
    }

    private static string Written(Type type)
    {
        string name = type.FullName!.Replace('+', '.');
        int arity = name.IndexOf('`', StringComparison.Ordinal);
        return arity < 0 ? name : $"{name[..arity]}<{string.Join(", ", type.GetGenericArguments().Select(static argument => argument.Name))}>";
    }
}
