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
    public void The_package_has_what_its_users_need()
    {
        using ZipArchive package = ZipFile.OpenRead(library.Package);
        string[] files = [.. package.Entries.Select(static entry => entry.FullName)];
        Assert.Contains("README.md", files);
        Assert.Contains("lib/net10.0/Cohort.dll", files);
        Assert.Contains("lib/net10.0/Cohort.xml", files);

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
