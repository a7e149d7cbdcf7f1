using System.Reflection;
using Cohort.Tests.Support;

namespace Cohort.Tests.Architecture;

/// <summary>The rules of the house, held against the library as it is. ArchitectureRuleTests shows that each can fail.</summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly s_library = Assembly.Load("Cohort");
    private static readonly Lazy<IReadOnlyList<InspectedType>> s_inspected = new(static () => AssemblyInspector.Inspect(s_library.Location));

    /// <summary>Types that write to the terminal because their purpose is to, with the reason.</summary>
    private static readonly HashSet<string> s_mayWriteToConsole =
    [
        // A worker's last words, when an exception ends it.
        "Cohort.Workers.RemoteTraceback",

        // Python's log_to_stderr: it writes only when asked to.
        "Cohort.WorkerLog",

        // A worker leaves without the runtime's shutdown, which would have flushed what its user printed.
        "Cohort.Workers.WorkerExit",
    ];

    /// <summary>Types that users derive from because that is how they are used, with the reason.</summary>
    private static readonly HashSet<string> s_mayBeInherited =
    [
        // A worker can be a class of its own that overrides Run, as in Python.
        "Cohort.WorkerProcess",
    ];

    [Fact]
    public void The_library_is_read_whole()
    {
        // A rule over nothing holds: so first see that the inspection sees types, calls and native imports at all.
        Assert.NotEmpty(s_inspected.Value);
        Assert.All(s_library.GetTypes().Where(static type => !type.IsNested && type.Namespace?.StartsWith("Cohort", StringComparison.Ordinal) == true),
            static type => Assert.Contains(s_inspected.Value, seen => seen.FullName == type.FullName));
        Assert.Contains(s_inspected.Value, static type => type.NativeImports.Count > 0);
        Assert.Contains(s_inspected.Value, static type => type.UsedMembers.Count > 0);
    }

    [Fact]
    public void No_layer_uses_a_higher_one() => Assert.Empty(CodeRules.UpwardUses(s_inspected.Value));

    [Fact]
    public void Native_imports_stand_only_in_Interop() => Assert.Empty(CodeRules.NativeImportsOutsideInterop(s_inspected.Value));

    [Fact]
    public void Only_Platform_asks_which_system_this_is() =>
        Assert.Empty(CodeRules.OperatingSystemQuestionsOutsidePlatform(s_inspected.Value));

    [Fact]
    public void The_library_does_not_write_to_the_console() => Assert.Empty(CodeRules.ConsoleUses(s_inspected.Value, s_mayWriteToConsole));

    [Fact]
    public void No_public_type_takes_a_name_of_the_framework() =>
        Assert.Empty(PublicTypeRules.TakenByTheFramework(s_library.GetExportedTypes()));

    [Fact]
    public void Public_classes_are_sealed() => Assert.Empty(PublicTypeRules.Inheritable(s_library.GetExportedTypes(), s_mayBeInherited));

    [Fact]
    public void Nothing_is_public_in_internal_folders() => Assert.Empty(PublicTypeRules.PublicInInternalFolders(s_library.GetExportedTypes()));

    [Fact]
    public void At_most_ten_headline_nouns_stand_at_the_root()
    {
        string[] nouns = [.. PublicTypeRules.HeadlineNouns(s_library.GetExportedTypes())];
        Assert.True(nouns.Length <= 10, $"{nouns.Length} nouns stand at the root: {string.Join(", ", nouns)}");
    }

    [Fact]
    public void Source_files_stay_short() =>
        Assert.Empty(Sources().SelectMany(static file => SourceRules.TooLong(file.Path, file.Text)));

    [Fact]
    public void Source_files_stand_in_the_folder_of_their_namespace() =>
        Assert.Empty(Sources().SelectMany(static file => SourceRules.StrayNamespaces(file.Path, file.Text, "Cohort")));

    private static IEnumerable<(string Path, string Text)> Sources()
    {
        string project = RepositoryFolder.PathOf("src", "Cohort");
        return RepositoryFolder.SourcesBelow("src/Cohort")
            .Select(path => (Path.GetRelativePath(project, path), File.ReadAllText(path)));
    }
}
