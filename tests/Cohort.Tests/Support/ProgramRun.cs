using System.Diagnostics;

namespace Cohort.Tests.Support;

/// <summary>
/// A program that ran to its end: what it printed and how it ended. The framework's own Process starts it, so that these
/// tests stand on nothing that they test.
/// </summary>
internal sealed record ProgramRun(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>The <c>dotnet</c> that runs these tests.</summary>
    public static string Dotnet { get; } = FindDotnet();

    /// <summary>Runs a program without input and kills it, with all that it started, when it takes longer than it may.</summary>
    public static async Task<ProgramRun> RunAsync(
        string fileName,
        IEnumerable<string> arguments,
        TimeSpan timeout,
        string? folder = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        ProcessStartInfo start = new(fileName, arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        SetEnvironment(start, environment);
        string command = $"{fileName} {string.Join(' ', start.ArgumentList)}";

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task end = Task.WhenAll(process.WaitForExitAsync(), output, errors);
        if (await Task.WhenAny(end, Task.Delay(timeout)) != end)
        {
            process.Kill(entireProcessTree: true);
            await Task.WhenAny(end, Task.Delay(TimeSpan.FromSeconds(5)));
            Assert.Fail($"""
                {command}
                took longer than {timeout.TotalSeconds} s and was killed.
                {(output.IsCompletedSuccessfully ? output.Result : "(something holds its output open)")}
                {(errors.IsCompletedSuccessfully ? errors.Result : "")}
                """);
        }

        await end;
        return new ProgramRun(command, process.ExitCode, output.Result, errors.Result);
    }

    /// <summary>Runs a program that must succeed.</summary>
    public static async Task<ProgramRun> SucceedAsync(
        string fileName,
        IEnumerable<string> arguments,
        TimeSpan timeout,
        string? folder = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        ProgramRun run = await RunAsync(fileName, arguments, timeout, folder, environment);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    public override string ToString() => $"{Command}\nended with {ExitCode}\n{Output}\n{Errors}";

    private static void SetEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string?>? environment)
    {
        // Under `dotnet test` a build's own variables are set, and a build that a test starts must not take them over.
        foreach (string name in start.Environment.Keys.Where(IsOfTheTestRun).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";

        // Build servers outlive the command that started them and keep its output open.
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }
    }

    private static bool IsOfTheTestRun(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("TESTINGPLATFORM_", StringComparison.OrdinalIgnoreCase)
        || name is "DOTNET_STARTUP_HOOKS" or "DOTNET_HOST_PATH";

    private static string FindDotnet()
    {
        // .../dotnet/shared/Microsoft.NETCore.App/10.0.x/System.Private.CoreLib.dll
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string beside = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "dotnet"));
        return File.Exists(beside) ? beside : "dotnet";
    }
}
