using System.Collections.Frozen;

namespace Cohort.Tests.Architecture;

/// <summary>Rules over the types that users see. Each gives the violations that it found, as sentences.</summary>
internal static class PublicTypeRules
{
    private static readonly FrozenSet<string> s_implicitNamespaces = FrozenSet.Create(
        StringComparer.Ordinal,
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks");

    private static readonly string[] s_internalFolders = ["Cohort.Interop", "Cohort.Platform", "Cohort.Utils"];

    /// <summary>
    /// Names that a user of implicit usings could no longer write without a qualifier, found in the framework that runs
    /// this test, and three that everybody expects to be the framework's.
    /// </summary>
    public static FrozenSet<string> TakenNames { get; } = ReadTakenNames();

    public static IEnumerable<string> TakenByTheFramework(IEnumerable<Type> types) =>
        types.Where(static type => !type.IsNested && TakenNames.Contains(BareName(type)))
            .Select(static type => $"{type.FullName}: every file with implicit usings already has a {BareName(type)}");

    public static IEnumerable<string> Inheritable(IEnumerable<Type> types, IReadOnlySet<string> allowed) =>
        types.Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !allowed.Contains(type.FullName!))
            .Select(static type => $"{type.FullName} can be inherited from: seal it, or justify it in the allow-list");

    public static IEnumerable<string> PublicInInternalFolders(IEnumerable<Type> types) =>
        types.Where(static type => s_internalFolders.Any(folder => type.Namespace == folder
                || type.Namespace?.StartsWith(folder + '.', StringComparison.Ordinal) == true))
            .Select(static type => $"{type.FullName} is public in a folder that is internal");

    /// <summary>What stands at the root beside exceptions, and beside the options of what stands there.</summary>
    public static IEnumerable<string> HeadlineNouns(IEnumerable<Type> types)
    {
        HashSet<string> names = [.. types
            .Where(static type => !type.IsNested && Layers.IsAtRoot(type.Namespace ?? "") && !type.IsAssignableTo(typeof(Exception)))
            .Select(BareName)];
        return names.Where(name => !(name.EndsWith("Options", StringComparison.Ordinal) && names.Any(noun => IsOptionsOf(name, noun))))
            .Order(StringComparer.Ordinal);
    }

    /// <summary>WorkerOptions are those of WorkerProcess, PoolOptions those of Pool.</summary>
    private static bool IsOptionsOf(string options, string noun) =>
        noun != options && noun.StartsWith(options[..^"Options".Length], StringComparison.Ordinal) && !noun.EndsWith("Options", StringComparison.Ordinal);

    private static string BareName(Type type) => type.Name.Split('`')[0];

    private static FrozenSet<string> ReadTakenNames()
    {
        string trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        IEnumerable<string> names = trusted.Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == framework)
            .SelectMany(PublicTypesOf);
        return names.Concat(["Process", "Socket", "Pipe"]).ToFrozenSet(StringComparer.Ordinal);
    }

    private static IEnumerable<string> PublicTypesOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        using System.Reflection.PortableExecutable.PEReader image = new(file);
        if (!image.HasMetadata)
        {
            return [];
        }

        System.Reflection.Metadata.MetadataReader metadata =
            System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(image);
        return [.. metadata.TypeDefinitions
            .Select(metadata.GetTypeDefinition)
            .Where(static type => (type.Attributes & System.Reflection.TypeAttributes.VisibilityMask) == System.Reflection.TypeAttributes.Public)
            .Where(type => s_implicitNamespaces.Contains(metadata.GetString(type.Namespace)))
            .Select(type => metadata.GetString(type.Name).Split('`')[0])];
    }
}
