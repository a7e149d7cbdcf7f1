using System.Diagnostics;
using System.Globalization;
using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>The environment variables by which a parent and a new worker process find each other.</summary>
internal static class WorkerEnvironment
{
    /// <summary>"fd:parentPid:standby:fd": says that the process is a worker, and where its control socket and its family's page are.</summary>
    public const string Marker = "COHORT_WORKER";

    /// <summary>The descriptor number of the control socket in a new worker.</summary>
    public const int ControlDescriptor = 3;

    /// <summary>That of the family's page.</summary>
    public const int FamilyDescriptor = 4;

    private const string Hooks = "DOTNET_STARTUP_HOOKS";

    /// <summary>What the variables held before we set them, so that a worker's own children get that back.</summary>
    private const string Original = "COHORT_ORIGINAL_";

    /// <summary>
    /// Defaults for workers: a pool of server-GC or background-GC children would eat the machine. Whoever sets one of
    /// these variables in <see cref="WorkerOptions.EnvironmentVariables"/> wins.
    /// </summary>
    private static readonly (string Name, string Value)[] s_runtimeSettings =
    [
        ("DOTNET_gcServer", "0"),
        ("DOTNET_gcConcurrent", "0"),
        ("DOTNET_TieredPGO", "0"),

        // The thread that compiles hot methods ends after four idle seconds (hexadecimal milliseconds here), and a standby
        // worker that is taken would start it anew.
        ("DOTNET_TC_BackgroundWorkerTimeoutMs", "7FFFFFFF"),
    ];

    /// <summary>
    /// The runtime's diagnostics (debugger, dotnet-trace and so on) cost a process threads and time at its start, and files
    /// in the temporary directory that one that is killed leaves behind. Workers go without, unless somebody wants them:
    /// by this variable, or by debugging this process.
    /// </summary>
    private const string Diagnostics = "DOTNET_EnableDiagnostics";

    /// <summary>The environment of a new worker.</summary>
    public static Dictionary<string, string> ForChild(
        IReadOnlyDictionary<string, string?>? overrides, int parentProcessId, bool isStandby, bool hasFamily)
    {
        Dictionary<string, string> variables = InheritedEnvironment.Read();
        foreach ((string name, string? value) in overrides ?? new Dictionary<string, string?>())
        {
            if (value is null)
            {
                variables.Remove(name);
            }
            else
            {
                variables[name] = value;
            }
        }

        foreach ((string name, string value) in s_runtimeSettings)
        {
            if (overrides?.ContainsKey(name) != true)
            {
                Replace(variables, name, value);
            }
        }

        if (!variables.ContainsKey(Diagnostics) && !Debugger.IsAttached)
        {
            Replace(variables, Diagnostics, "0");
        }

        // Hooks that are there already (profilers, instrumentation) run first; ours does not come back.
        string ours = EntryAssembly.HookReference;
        Replace(variables, Hooks, variables.TryGetValue(Hooks, out string? others) && others.Length > 0
            ? others + Path.PathSeparator + ours
            : ours);
        variables[Marker] = string.Create(CultureInfo.InvariantCulture, $"{ControlDescriptor}:{parentProcessId}:{(isStandby ? 1 : 0)}:{(hasFamily ? FamilyDescriptor : 0)}");
        return variables;
    }

    /// <summary>Whether a worker with this environment has the runtime's diagnostics.</summary>
    public static bool HasDiagnostics(Dictionary<string, string> environment) =>
        !environment.TryGetValue(Diagnostics, out string? value) || value != "0";

    /// <summary>What the parent said of this process, if it was started as a worker and has not taken that up yet.</summary>
    public static bool TryRead(out WorkerMarker marker)
    {
        string[] parts = (Environment.GetEnvironmentVariable(Marker) ?? "").Split(':');
        marker = default;
        if (parts.Length == 4
            && TryReadNumber(parts[0], out int descriptor)
            && TryReadNumber(parts[1], out int parentProcessId)
            && TryReadNumber(parts[3], out int family))
        {
            marker = new WorkerMarker(descriptor, parentProcessId, parts[2] == "1", family == 0 ? null : family);
            return true;
        }

        return false;
    }

    /// <summary>Puts the variables back as they were, so that what this worker starts is no worker.</summary>
    public static void Restore()
    {
        OwnProcess.SetEnvironmentVariable(Marker, null);
        RestoreOne(Hooks);
        RestoreOne(Diagnostics);
        foreach ((string name, _) in s_runtimeSettings)
        {
            RestoreOne(name);
        }
    }

    private static void Replace(Dictionary<string, string> variables, string name, string value)
    {
        if (variables.TryGetValue(name, out string? before))
        {
            variables[Original + name] = before;
        }

        // The empty marker says "was not set"; a missing one, that the user set the variable for this worker.
        else
        {
            variables[Original + name] = "";
        }

        variables[name] = value;
    }

    /// <summary>Digits, read by hand: .NET's own parsing loads the libraries of ICU first, a tenth of a worker's start.</summary>
    private static bool TryReadNumber(string text, out int number)
    {
        number = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '9' || number > (int.MaxValue - 9) / 10)
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        return text.Length > 0;
    }

    private static void RestoreOne(string name)
    {
        string? before = Environment.GetEnvironmentVariable(Original + name);
        if (before is not null)
        {
            OwnProcess.SetEnvironmentVariable(name, before.Length == 0 ? null : before);
            OwnProcess.SetEnvironmentVariable(Original + name, null);
        }
    }
}

/// <summary>What a new worker knows before it has read anything.</summary>
/// <param name="ControlDescriptor">Where its control socket is.</param>
/// <param name="ParentProcessId">Who started it.</param>
/// <param name="IsStandby">It will wait for its job for some time, and may use that time to get warm.</param>
/// <param name="FamilyDescriptor">Where its family's page is; null if its parent has none.</param>
internal readonly record struct WorkerMarker(int ControlDescriptor, int ParentProcessId, bool IsStandby, int? FamilyDescriptor);
