using System.Globalization;
using Cohort.Platform;

namespace Cohort.Tests.Support;

/// <summary>Every Python of this machine, old ones too.</summary>
internal static class Pythons
{
    private const string OfTheSystem = "/usr/bin/python3";

    /// <summary>Their executables; a single null where there is none, so that the tests can say why they skip themselves.</summary>
    public static TheoryData<string?> All { get; } = [.. Find()];

    /// <summary>Their executables; none where there is none.</summary>
    public static IReadOnlyList<string> Found { get; } = [.. Find().OfType<string>()];

    public static LaunchRequest Request(string? python, string script, params IEnumerable<string> arguments)
    {
        Assert.SkipWhen(python is null, "there is no Python on this machine");
        return new LaunchRequest { FileName = python!, Arguments = [python!, "-c", script, .. arguments] };
    }

    /// <summary>Runs a script of nothing but what it says, which must succeed, and gives what it printed.</summary>
    public static async Task<string> RunAsync(string python, string script, params IEnumerable<string> arguments)
    {
        LaunchRequest request = new() { FileName = python, Arguments = [python, "-c", script, .. arguments] };
        (ChildExit exit, string text) = await ChildOutput.RunAsync(request).Watched();
        Assert.True(exit.ExitCode == 0, $"{python}: {exit}\n{text}");
        return text.TrimEnd('\n');
    }

    private static IEnumerable<string?> Find()
    {
        string installed = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");
        string[] folders = Directory.Exists(installed) ? Directory.GetDirectories(installed) : [];
        string?[] found =
        [
            .. folders.OrderBy(Number).Select(static folder => Path.Combine(folder, "bin", "python")).Append(OfTheSystem).Where(File.Exists),
        ];
        return found.Length > 0 ? found : [null];
    }

    /// <summary>3.9 before 3.10.</summary>
    private static double Number(string folder) => Path.GetFileName(folder).Split('.') is [var major, var minor, ..]
        && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
        && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out int second)
            ? (first * 1000) + second
            : double.MaxValue;
}
