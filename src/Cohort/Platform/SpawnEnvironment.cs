namespace Cohort.Platform;

/// <summary>The environment of a child as "NAME=value" entries, and its PATH.</summary>
internal readonly record struct SpawnEnvironment(IReadOnlyList<string> Entries, string? SearchPath)
{
    private const string SearchPathName = "PATH";

    /// <param name="variables">Null takes those of this process.</param>
    /// <exception cref="ArgumentException">A name is empty or holds '='.</exception>
    public static SpawnEnvironment From(IReadOnlyDictionary<string, string>? variables)
    {
        variables ??= InheritedEnvironment.Read();
        List<string> entries = new(variables.Count);
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
