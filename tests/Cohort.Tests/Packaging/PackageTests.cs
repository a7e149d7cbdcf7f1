using System.IO.Compression;
using System.Xml.Linq;
using Cohort.Tests.Support;

namespace Cohort.Tests.Packaging;

[Collection(PackedLibraryCollection.Name)]
public sealed class PackageTests(PackedLibrary library)
{
    private const string Program =
        """
        using Cohort;

        await using ProcessPool pool = new(workers: 2);
        string word = "packed";
        Console.WriteLine(string.Join(' ', pool.Map(n => word[n], Enumerable.Range(0, word.Length))));
        try
        {
            pool.Apply(static text => int.Parse(text), "six");
        }
        catch (FormatException fault)
        {
            Console.WriteLine($"{fault.GetType().Name} {fault.StackTrace!.Contains("Parse")}");
        }

        Console.WriteLine(pool.Apply(static () => WorkerProcess.IsWorker));
        """;

    [Fact]
    public async Task A_project_outside_the_checkout_runs_a_pool_from_the_package()
    {
        string folder = await library.BuildAsync("Consumer", Program);

        ProgramRun run = await ProgramRun.SucceedAsync(Path.Combine(folder, "out", "Consumer"), [], TimeSpan.FromSeconds(60), folder);

        Assert.Equal("p a c k e d\nFormatException True\nTrue\n", run.Output);
        Assert.Equal("", run.Errors);
    }

    [Fact]
    public async Task A_project_that_uses_the_package_is_warned_of_what_cannot_travel()
    {
        const string Mistaken =
            """
            using Cohort;

            using FileStream stream = File.OpenRead("/dev/null");
            using ProcessPool pool = new(workers: 1);
            Console.WriteLine(pool.Apply(() => stream.Length));
            """;
        string folder = library.WriteProject("Mistaken", Mistaken, "<WarningsNotAsErrors>COHORT001</WarningsNotAsErrors>");

        ProgramRun build = await ProgramRun.SucceedAsync(ProgramRun.Dotnet, ["build", "-v", "minimal"], TimeSpan.FromMinutes(2), folder);

        Assert.Contains(
            "Program.cs(5,36): warning COHORT001: The captured variable 'stream' cannot travel to another process: "
            + "FileStream cannot cross processes; send its SafeFileHandle",
            build.Output,
            StringComparison.Ordinal);
        Assert.DoesNotContain("CS80", build.Output, StringComparison.Ordinal); // An analyzer that does not load.
        Assert.DoesNotContain("CS90", build.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_package_has_what_its_users_need()
    {
        using ZipArchive package = ZipFile.OpenRead(library.Package);
        string[] files = [.. package.Entries.Select(static entry => entry.FullName)];
        Assert.Contains("README.md", files);
        Assert.Contains("lib/net10.0/Cohort.dll", files);
        Assert.Contains("lib/net10.0/Cohort.xml", files);
        Assert.Equal(
            ["analyzers/dotnet/cs/Cohort.Analyzers.CodeFixes.dll", "analyzers/dotnet/cs/Cohort.Analyzers.dll"],
            files.Where(static file => file.StartsWith("analyzers/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        using Stream stream = package.GetEntry("Cohort.nuspec")!.Open();
        XElement metadata = XDocument.Load(stream).Root!.Elements().Single(static element => element.Name.LocalName == "metadata");
        string? Value(string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;
        Assert.Equal("MIT", Value("license"));
        Assert.Equal("README.md", Value("readme"));
        Assert.False(string.IsNullOrWhiteSpace(Value("description")));
        Assert.Equal("The Cohort maintainers", Value("authors"));
        Assert.DoesNotContain(metadata.Descendants(), static element => element.Name.LocalName == "dependency");
    }

    [Fact]
    public void Every_public_type_is_documented_in_the_package()
    {
        using ZipArchive package = ZipFile.OpenRead(library.Package);
        using Stream stream = package.GetEntry("lib/net10.0/Cohort.xml")!.Open();
        HashSet<string> documented = [.. XDocument.Load(stream).Descendants("member").Select(static member => member.Attribute("name")!.Value)];
        string[] undocumented = [.. System.Reflection.Assembly.Load("Cohort").GetExportedTypes()
            .Select(static type => $"T:{type.FullName!.Replace('+', '.')}")
            .Except(documented)];
        Assert.Empty(undocumented);
    }

    [Fact]
    public void Symbols_come_with_the_package()
    {
        using ZipArchive symbols = ZipFile.OpenRead(library.SymbolPackage);
        Assert.Contains(symbols.Entries, static entry => entry is { FullName: "lib/net10.0/Cohort.pdb", Length: > 1000 });
    }
}
