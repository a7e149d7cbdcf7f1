using Cohort.Tests.Support;

namespace Cohort.Tests.Packaging;

/// <summary>
/// The library as a package in a folder that is the only source of packages, for projects outside the checkout. It is
/// packed once for all tests that need it.
/// </summary>
public sealed class PackedLibrary : IAsyncLifetime
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(10);
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, Task<string>> _built = [];

    /// <summary>The folder with the package.</summary>
    public string Feed => _folder.PathOf("feed");

    public string Package => Assert.Single(Directory.GetFiles(Feed, "Cohort.*.nupkg"));

    public string SymbolPackage => Assert.Single(Directory.GetFiles(Feed, "Cohort.*.snupkg"));

    public string Version => Path.GetFileNameWithoutExtension(Package)["Cohort.".Length..];

    public async ValueTask InitializeAsync()
    {
        // Build output goes elsewhere, so that a test run leaves the checkout as it was.
        await DotnetAsync(
            RepositoryFolder.Root, "pack", "src/Cohort/Cohort.csproj", "-c", "Release", "-o", Feed, "--artifacts-path", _folder.PathOf("artifacts"));
        _folder.Write("nuget.config", $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="local" value="{Feed}" />
              </packageSources>
              <fallbackPackageFolders>
                <clear />
              </fallbackPackageFolders>
              <config>
                <add key="globalPackagesFolder" value="{_folder.PathOf("packages")}" />
              </config>
            </configuration>
            """);
        // Stops the search for settings of folders further up.
        _folder.Write("Directory.Build.props", "<Project />");
        _folder.Write("Directory.Build.targets", "<Project />");
        _folder.Write("Directory.Packages.props", "<Project />");
    }

    /// <summary>Writes a console project that refers to the package, and gives its folder.</summary>
    internal string WriteProject(string name, string program, string properties = "")
    {
        _folder.Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Cohort" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        _folder.Write($"{name}/Program.cs", program);
        return _folder.PathOf(name);
    }

    /// <summary>Writes and builds a console project into its folder <c>out</c>, once for each name; gives its folder.</summary>
    internal Task<string> BuildAsync(string name, string program, string properties = "") =>
        _built.TryGetValue(name, out Task<string>? built) ? built : _built[name] = BuildNewAsync(name, program, properties);

    /// <summary>Writes a C# file that is a program by itself and names the package in its first lines.</summary>
    internal string WriteFileProgram(string name, string program) =>
        _folder.Write($"{name}/{name}.cs", $"#:package Cohort@{Version}\n{program}");

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> BuildNewAsync(string name, string program, string properties)
    {
        string folder = WriteProject(name, program, properties);
        await DotnetAsync(folder, "build", "-c", "Release", "-o", "out");
        return folder;
    }

    private static Task<ProgramRun> DotnetAsync(string folder, params string[] arguments) =>
        ProgramRun.SucceedAsync(ProgramRun.Dotnet, arguments, s_longest, folder);
}
