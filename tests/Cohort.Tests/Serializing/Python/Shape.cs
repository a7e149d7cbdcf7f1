using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using System.Text;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Serializing.Python;

/// <summary>A value that was read, as text that says every type in it, so that 1, 1L and 1.0 are not the same.</summary>
internal static class Shape
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        PythonNone => "None",
        bool truth => truth ? "true" : "false",
        string text => $"'{string.Concat(text.Select(static c => char.IsAscii(c) ? c.ToString() : $"\\u{(int)c:x4}"))}'",
        byte[] bytes => $"bytes {Convert.ToHexString(bytes)}",
        int or long or BigInteger or double => string.Create(CultureInfo.InvariantCulture, $"{value.GetType().Name} {value}"),
        List<object?> list => $"[{string.Join(", ", list.Select(Of))}]",
        PythonTuple tuple => $"({string.Join(", ", tuple.Select(Of))})",
        Dictionary<object, object?> dict => $"{{{string.Join(", ", dict.Select(static x => $"{Of(x.Key)}: {Of(x.Value)}"))}}}",
        HashSet<object?> set => $"set({string.Join(", ", set.Select(Of).Order(StringComparer.Ordinal))})",
        FrozenSet<object?> set => $"frozenset({string.Join(", ", set.Select(Of).Order(StringComparer.Ordinal))})",
        _ => $"? {value.GetType()}",
    };

    public static string Hex(byte[] pickle) => Convert.ToHexStringLower(pickle);

    /// <summary>Bytes from hexadecimal digits and, in quotes, text; the blanks between them count for nothing.</summary>
    public static byte[] Bytes(string description)
    {
        List<byte> bytes = [];
        string[] parts = description.Split('\'');
        for (int i = 0; i < parts.Length; i++)
        {
            bytes.AddRange(i % 2 == 0 ? Convert.FromHexString(parts[i].Replace(" ", "", StringComparison.Ordinal)) : Encoding.Latin1.GetBytes(parts[i].Replace("\\n", "\n", StringComparison.Ordinal)));
        }

        return [.. bytes];
    }
}
