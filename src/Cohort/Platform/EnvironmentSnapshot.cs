using System.Collections;

namespace Cohort.Platform;

/// <summary>This process's environment as the kernel takes it, made anew only when it has changed.</summary>
/// <remarks>
/// To encode all variables takes longer than anything else that is done here for a start. The C library's own environment
/// would cost nothing, but the runtime keeps a copy for itself, and nothing tells whether that has been changed. So each start
/// asks for the runtime's, and compares: its texts stay the same objects as long as nobody sets them.
/// </remarks>
internal sealed class EnvironmentSnapshot
{
    private static EnvironmentSnapshot? s_latest;

    /// <summary>Name, value, name, value, as they were enumerated.</summary>
    private readonly string[] _texts;

    private EnvironmentSnapshot(IDictionary variables)
    {
        _texts = new string[variables.Count * 2];
        int count = 0;
        foreach (DictionaryEntry variable in variables)
        {
            _texts[count++] = (string)variable.Key;
            _texts[count++] = (string)variable.Value!;
        }

        Dictionary<string, string> inherited = InheritedEnvironment.From(variables);
        SearchPath = inherited.GetValueOrDefault(SpawnEnvironment.SearchPathName);
        Entries = new NativeStringList([.. inherited.Select(static pair => $"{pair.Key}={pair.Value}")], nameof(variables));
    }

    /// <summary>Others may be starting something with it when a newer one takes its place.</summary>
    ~EnvironmentSnapshot() => Entries?.Dispose();

    public NativeStringList Entries { get; }

    public string? SearchPath { get; }

    /// <summary>What the environment is at this moment.</summary>
    public static EnvironmentSnapshot Take()
    {
        IDictionary variables = Environment.GetEnvironmentVariables();
        EnvironmentSnapshot? latest = Volatile.Read(ref s_latest);
        if (latest is null || !latest.IsOf(variables))
        {
            latest = new EnvironmentSnapshot(variables);
            Volatile.Write(ref s_latest, latest);
        }

        return latest;
    }

    /// <summary>Another order only makes it look different: it is made anew then.</summary>
    private bool IsOf(IDictionary variables)
    {
        if (variables.Count * 2 != _texts.Length)
        {
            return false;
        }

        int next = 0;
        IDictionaryEnumerator variable = variables.GetEnumerator();
        while (variable.MoveNext())
        {
            if (!string.Equals(_texts[next++], (string)variable.Key, StringComparison.Ordinal)
                || !string.Equals(_texts[next++], (string?)variable.Value, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
