namespace Cohort.Platform;

/// <summary>The environment of a child as "NAME=value" entries, and its PATH.</summary>
internal sealed class SpawnEnvironment : IDisposable
{
    public const string SearchPathName = "PATH";

    /// <summary>Kept alive with this; null when the entries are this one's own.</summary>
    private readonly EnvironmentSnapshot? _snapshot;

    private readonly NativeStringList _entries;

    /// <param name="variables">Null takes the managed view of this process's environment.</param>
    /// <exception cref="ArgumentException">A name is empty or holds '=', or a text holds a zero character.</exception>
    public SpawnEnvironment(IReadOnlyDictionary<string, string>? variables)
    {
        if (variables is null)
        {
            _snapshot = EnvironmentSnapshot.Take();
            _entries = _snapshot.Entries;
            SearchPath = _snapshot.SearchPath;
            return;
        }

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

        _entries = new NativeStringList(entries, nameof(variables));
        SearchPath = variables.GetValueOrDefault(SearchPathName);
    }

    public string? SearchPath { get; }

    public unsafe byte** Pointer => _entries.Pointer;

    public void Dispose()
    {
        if (_snapshot is null)
        {
            _entries.Dispose();
        }
    }
}
