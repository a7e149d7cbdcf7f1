using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Tests;

/// <summary>Starts the child executable of the tests, which lies beside the test assembly.</summary>
internal static class TestWorker
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "Cohort.Tests.Worker");

    /// <summary>argv for a behaviour, the program's own name included.</summary>
    public static IReadOnlyList<string> Arguments(string behaviour, params IEnumerable<string> arguments) =>
        [Path, behaviour, .. arguments];

    /// <summary>A request to which descriptors and so on can be added by <c>with</c>.</summary>
    public static LaunchRequest Request(string behaviour, params IEnumerable<string> arguments) => new()
    {
        FileName = Path,
        Arguments = Arguments(behaviour, arguments),
        Environment = EnvironmentWith(),
    };

    /// <summary>This process's environment with what the executable needs to find the runtime that the tests run on.</summary>
    public static Dictionary<string, string> EnvironmentWith(params IEnumerable<(string Name, string Value)> more)
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string)variable.Value!;
        }

        // <root>/shared/Microsoft.NETCore.App/<version>/
        environment["DOTNET_ROOT"] = System.IO.Path.GetFullPath(
            System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        foreach ((string name, string value) in more)
        {
            environment[name] = value;
        }

        return environment;
    }
}
