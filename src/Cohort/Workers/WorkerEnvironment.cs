using System.Collections;
using System.Globalization;
using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>The environment variables by which a parent and a new worker process find each other.</summary>
internal static class WorkerEnvironment
{
    /// <summary>"fd:parentPid": says that the process is a worker, and where its control socket is.</summary>
    public const string Marker = "COHORT_WORKER";

    /// <summary>The descriptor number of the control socket in a new worker.</summary>
    public const int ControlDescriptor = 3;

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
    ];

    /// <summary>The environment of a new worker.</summary>
    public static Dictionary<string, string> ForChild(IReadOnlyDictionary<string, string?>? overrides, int parentProcessId)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

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

        // Hooks that are there already (profilers, instrumentation) run first; ours does not come back.
        string ours = EntryAssembly.HookReference;
        Replace(variables, Hooks, variables.TryGetValue(Hooks, out string? others) && others.Length > 0
            ? others + Path.PathSeparator + ours
            : ours);
        variables[Marker] = string.Create(CultureInfo.InvariantCulture, $"{ControlDescriptor}:{parentProcessId}");
        return variables;
    }

    /// <summary>Whether this process was started as a worker and has not taken that up yet.</summary>
    public static bool TryRead(out int controlDescriptor, out int parentProcessId)
    {
        controlDescriptor = parentProcessId = 0;
        string? value = Environment.GetEnvironmentVariable(Marker);
        int colon = value?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon > 0
            && int.TryParse(value.AsSpan(0, colon), CultureInfo.InvariantCulture, out controlDescriptor)
            && int.TryParse(value.AsSpan(colon + 1), CultureInfo.InvariantCulture, out parentProcessId);
    }

    /// <summary>Puts the variables back as they were, so that what this worker starts is no worker.</summary>
    public static void Restore()
    {
        OwnProcess.SetEnvironmentVariable(Marker, null);
        RestoreOne(Hooks);
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
