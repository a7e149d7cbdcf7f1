using System.Collections;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>This process's environment as its children get it.</summary>
/// <remarks>
/// Overview. <see cref="Environment"/> decides what there is, since that is what the program changes. But the runtime decodes
/// names and values as UTF-8 and puts U+FFFD in the place of what is none, which would reach a child as three other bytes. So
/// for each variable that came with such bytes, and that the program has left as the runtime shows it, the bytes themselves
/// are handed on, in the form of <see cref="NativeText"/>.
/// </remarks>
internal static unsafe class InheritedEnvironment
{
    /// <summary>Looked for once: what native code sets later, the runtime does not show either.</summary>
    private static readonly Lazy<RawVariable[]> s_raw = new(FindRaw);

    public static Dictionary<string, string> Read() => From(Environment.GetEnvironmentVariables());

    /// <summary>The same of what the runtime has shown.</summary>
    public static Dictionary<string, string> From(IDictionary shown)
    {
        Dictionary<string, string> variables = new(shown.Count, StringComparer.Ordinal);
        foreach (DictionaryEntry variable in shown)
        {
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        }

        foreach (RawVariable raw in s_raw.Value)
        {
            if (variables.TryGetValue(raw.ShownName, out string? value) && value == raw.ShownValue)
            {
                variables.Remove(raw.ShownName);
                variables[raw.Name] = raw.Value;
            }
        }

        return variables;
    }

    /// <summary>The search path alone, for which the rest need not be read.</summary>
    public static string? SearchPath()
    {
        string? shown = Environment.GetEnvironmentVariable(SpawnEnvironment.SearchPathName);
        return Array.Find(s_raw.Value, raw => raw.Name == SpawnEnvironment.SearchPathName && raw.ShownValue == shown)?.Value ?? shown;
    }

    private static RawVariable[] FindRaw()
    {
        List<RawVariable> found = [];
        for (byte** entry = Libc.Environ; entry is not null && *entry is not null; entry++)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*entry);
            int equals = bytes.IndexOf((byte)'=');
            if (equals > 0 && !Utf8.IsValid(bytes))
            {
                found.Add(new RawVariable(bytes[..equals], bytes[(equals + 1)..]));
            }
        }

        return [.. found];
    }

    private sealed class RawVariable(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        public string Name { get; } = NativeText.Decode(name);

        public string Value { get; } = NativeText.Decode(value);

        /// <summary>As the runtime has it.</summary>
        public string ShownName { get; } = Encoding.UTF8.GetString(name);

        public string ShownValue { get; } = Encoding.UTF8.GetString(value);
    }
}
