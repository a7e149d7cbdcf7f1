using System.Runtime.InteropServices;
using Cohort.Tests.Packaging;
using Cohort.Tests.Support;

namespace Cohort.Tests.Workers;

/// <summary>
/// One program, started in every way that a program can be: its workers start in each, and its Main runs in none of them.
/// </summary>
[Collection(PackedLibraryCollection.Name)]
public sealed class LaunchMatrixTests(PackedLibrary library) : IDisposable
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);
    private static readonly string s_runtime = RuntimeInformation.RuntimeIdentifier.Contains("arm64", StringComparison.Ordinal) ? "linux-arm64" : "linux-x64";

    private const string NuGet = "https://api.nuget.org/v3/index.json";

    /// <summary>Lets a project restore what belongs to .NET and does not come with the SDK.</summary>
    private const string FromTheNetwork = $"<RestoreAdditionalProjectSources>{NuGet}</RestoreAdditionalProjectSources>";

    private static readonly TimeSpan s_longestBuild = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder _notes = new();

    public void Dispose() => _notes.Dispose();

    [Fact]
    public async Task An_apphost_starts_workers()
    {
        string folder = await BuildAsync("Plain");
        AssertRan(await RunAsync(Path.Combine(folder, "out", "Plain"), ["one", "two"]), "one two");
    }

    [Fact]
    public async Task An_apphost_behind_a_link_in_another_folder_starts_workers()
    {
        string folder = await BuildAsync("Plain");
        string link = _notes.PathOf("elsewhere", "app");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, Path.Combine(folder, "out", "Plain"));
        AssertRan(await RunAsync(link, [], _notes.Root), "");
    }

    [Fact]
    public async Task Dotnet_with_a_dll_starts_workers()
    {
        string folder = await BuildAsync("Plain");
        AssertRan(await RunAsync(ProgramRun.Dotnet, [Path.Combine("out", "Plain.dll"), "one"], folder), "one");
    }

    [Fact]
    public async Task Dotnet_exec_with_host_options_starts_workers()
    {
        string folder = await BuildAsync("Plain");
        AssertRan(
            await RunAsync(
                ProgramRun.Dotnet,
                ["exec", "--runtimeconfig", "out/Plain.runtimeconfig.json", "--depsfile", "out/Plain.deps.json", "out/Plain.dll", "Plain.dll"],
                folder),
            "Plain.dll");
    }

    [Theory]
    [InlineData("FromSingleFile", false)]
    [InlineData("WithTheRuntime", true)]
    public async Task A_single_file_starts_workers(string name, bool selfContained)
    {
        string folder = library.WriteProject(
            name, Source(), $"<PublishSingleFile>true</PublishSingleFile><SelfContained>{selfContained}</SelfContained>{FromTheNetwork}");
        SkipWithoutNetwork(await ProgramRun.RunAsync(
            ProgramRun.Dotnet, ["publish", "-c", "Release", "-r", s_runtime, "-o", "out"], s_longestBuild, folder));
        Assert.False(File.Exists(Path.Combine(folder, "out", "Cohort.dll")));
        AssertRan(await RunAsync(Path.Combine(folder, "out", name), ["one"]), "one");
    }

    [Fact]
    public async Task Dotnet_run_of_a_project_starts_workers()
    {
        string folder = await BuildAsync("Plain");
        AssertRan(await RunAsync(ProgramRun.Dotnet, ["run", "-c", "Release", "--", "one"], folder), "one");
    }

    [Fact]
    public async Task Dotnet_run_of_a_file_starts_workers()
    {
        // As it comes, a file-based program is one to be compiled ahead of time, and the compiler is restored for it.
        string file = library.WriteFileProgram("FromFile", $"#:property RestoreAdditionalProjectSources={NuGet}\n{Source()}");
        ProgramRun run = await RunFileAsync(file);
        if (run.ExitCode != 3)
        {
            SkipWithoutNetwork(run);
        }

        AssertRan(run, "one");
    }

    [Fact]
    public async Task Dotnet_run_of_a_file_that_is_not_for_ahead_of_time_compilation_starts_workers()
    {
        string file = library.WriteFileProgram("FromPlainFile", $"#:property PublishAot=false\n{Source()}");
        AssertRan(await RunFileAsync(file), "one");
    }

    [Fact]
    public async Task A_program_without_startup_hooks_starts_workers_when_its_Main_asks()
    {
        string folder = await BuildAsync(
            "WithoutHooks", "<StartupHookSupport>false</StartupHookSupport><DefineConstants>ASKS_FOR_WORKERS</DefineConstants>");
        AssertRan(await RunAsync(Path.Combine(folder, "out", "WithoutHooks"), ["one"]), "one");
    }

    [Fact]
    public async Task A_program_without_startup_hooks_that_does_not_ask_is_told_so_and_starts_nothing()
    {
        string folder = await BuildAsync("WithoutHooksOrCall", "<StartupHookSupport>false</StartupHookSupport>");

        ProgramRun run = await RunAsync(Path.Combine(folder, "out", "WithoutHooksOrCall"), []);

        Assert.NotEqual(3, run.ExitCode);
        Assert.Contains("InvalidOperationException", run.Errors, StringComparison.Ordinal);
        Assert.Contains("RunIfWorker", run.Errors, StringComparison.Ordinal);
        Assert.Single(Notes("main"));
        Assert.Single(Notes("initializer"));
    }

    private static void SkipWithoutNetwork(ProgramRun build)
    {
        bool lacksPackages = build.ExitCode != 0
            && new[] { "NU1101", "NU1301" }.Any(code => build.Output.Contains(code, StringComparison.Ordinal));
        Assert.SkipWhen(lacksPackages, "Packages of .NET that do not come with the SDK could not be downloaded.");
        Assert.True(build.ExitCode == 0, build.ToString());
    }

    private static string Source() => File.ReadAllText(RepositoryFolder.PathOf("tests", "fixtures", "LaunchApp", "Program.cs"));

    private Task<string> BuildAsync(string name, string properties = "") => library.BuildAsync(name, Source(), properties);

    private Task<ProgramRun> RunAsync(string fileName, string[] arguments, string? folder = null) =>
        ProgramRun.RunAsync(fileName, arguments, s_longest, folder, new Dictionary<string, string?> { ["LAUNCH_NOTES"] = _notes.Root });

    /// <summary>
    /// Runs a file-based program. The SDK keeps what it builds for one in the user's data folder, from where nobody would
    /// remove it: so that folder is one of the test's, but for the downloads that are kept there as well.
    /// </summary>
    private Task<ProgramRun> RunFileAsync(string file)
    {
        string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return ProgramRun.RunAsync(
            ProgramRun.Dotnet,
            ["run", file, "one"],
            s_longestBuild,
            Path.GetDirectoryName(file),
            new Dictionary<string, string?>
            {
                ["LAUNCH_NOTES"] = _notes.Root,
                ["XDG_DATA_HOME"] = Directory.CreateDirectory(_notes.PathOf("data")).FullName,
                ["NUGET_HTTP_CACHE_PATH"] = Path.Combine(data, "NuGet", "http-cache"),
            });
    }

    private void AssertRan(ProgramRun run, string arguments)
    {
        Assert.True(
            run.Output == $"worker ended with 0\n0 7 14 21 28\nrefused this in a worker\narguments: {arguments}\n" && run.Errors == "" && run.ExitCode == 3,
            run.ToString());

        string main = Assert.Single(Notes("main"));
        string worker = Assert.Single(Notes("worker-7"));
        Assert.NotEqual(main, worker);
        Assert.Contains(main, Notes("initializer"));
        Assert.Contains(worker, Notes("initializer"));
    }

    /// <summary>The processes that left a note at a place.</summary>
    private string[] Notes(string place) =>
        [.. Directory.GetFiles(_notes.Root, $"*.{place}").Select(static path => Path.GetFileNameWithoutExtension(path))];
}
