using System.Collections;

namespace Cohort.Platform;

/// <summary>The environment of a child as "NAME=value" entries, and its PATH.</summary>
internal readonly record struct SpawnEnvironment(IReadOnlyList<string> Entries, string? SearchPath)
{
    private const string SearchPathName = "PATH";

    /// <param name="variables">Null takes the managed view of this process's environment.</param>
    /// <exception cref="ArgumentException">A name is empty or holds '='.</exception>
    public static SpawnEnvironment From(IReadOnlyDictionary<string, string>? variables)
    {
        List<string> entries = [];
        if (variables is null)
        {
            foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            {
                entries.Add($"{variable.Key}={variable.Value}");
            }

            return new SpawnEnvironment(entries, Environment.GetEnvironmentVariable(SearchPathName));
        }

        foreach ((string name, string value) in variables)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
            {
                throw new ArgumentException(
                    $"\"{name}\" cannot be the name of an environment variable.", nameof(variables));
            }

            ArgumentNullException.ThrowIfNull(value, nameof(variables));
            entries.Add($"{name}={value}");
        }

        return new SpawnEnvironment(entries, variables.GetValueOrDefault(SearchPathName));
    }
}
