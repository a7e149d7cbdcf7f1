using Cohort.Tests.Support;

namespace Cohort.Tests.Docs;

/// <summary>The README's two commands are the project's front door.</summary>
public sealed class ReadmeTests
{
    private const string TestCommand = "dotnet test --solution Cohort.slnx --max-parallel-test-modules 3";

    [Fact]
    public void The_test_command_is_the_one_that_runs_on_every_change()
    {
        Assert.Contains(Commands(), static command => command == TestCommand);
        Assert.Contains(
            File.ReadLines(RepositoryFolder.PathOf(".ci", "run")),
            static line => line.StartsWith(TestCommand, StringComparison.Ordinal));
    }

    [Fact]
    public void The_command_of_the_main_job_names_a_project_that_is_there()
    {
        string command = Assert.Single(Commands(), static command => command.StartsWith("dotnet run -c Release --project ", StringComparison.Ordinal));
        string project = command.Split(' ')[^1];
        Assert.True(File.Exists(RepositoryFolder.PathOf(project, $"{Path.GetFileName(project)}.csproj")), project);
    }

    [Fact]
    public void Links_between_pages_lead_somewhere()
    {
        string[] broken = [.. Directory.EnumerateFiles(RepositoryFolder.Root, "*.md")
            .Concat(Directory.EnumerateFiles(RepositoryFolder.PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .SelectMany(static page => Links(page).Where(link => !Leads(page, link)).Select(link => $"{page}: {link}"))];
        Assert.Empty(broken);
    }

    private static IEnumerable<string> Commands() =>
        Fence.Read("README.md", File.ReadAllText(RepositoryFolder.PathOf("README.md")))
            .Where(static fence => fence.Kind == "sh")
            .SelectMany(static fence => fence.Content.Split('\n'))
            .Select(static line => line.Split('#')[0].Trim());

    private static IEnumerable<string> Links(string page) =>
        System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(page), @"\]\(([^)\s]+)\)")
            .Select(static match => match.Groups[1].Value)
            .Where(static link => !link.Contains("://", StringComparison.Ordinal));

    private static bool Leads(string page, string link)
    {
        string[] parts = link.Split('#');
        string target = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        return (File.Exists(target) || Directory.Exists(target)) && (parts.Length == 1 || Anchors(target).Contains(parts[1]));
    }

    private static IEnumerable<string> Anchors(string page) =>
        File.ReadLines(page)
            .Where(static line => line.StartsWith('#'))
            .Select(static line => string.Concat(line.TrimStart('#').Trim().ToLowerInvariant()
                .Where(static c => char.IsLetterOrDigit(c) || c is ' ' or '-')).Replace(' ', '-'));
}
