namespace Cohort.Serializing.Python;

/// <summary>The only names outside the message that a pickle may call, and what they stand for.</summary>
/// <remarks>An instance is on the reader's stack between the name and the call; it is never part of a value.</remarks>
internal sealed class PythonGlobal
{
    public static readonly PythonGlobal Set = new("set");
    public static readonly PythonGlobal FrozenSet = new("frozenset");
    public static readonly PythonGlobal Bytes = new("bytes");
    public static readonly PythonGlobal ByteArray = new("bytearray");
    public static readonly PythonGlobal Encode = new("encode");

    /// <summary>What Python calls the encoding of bytes as text.</summary>
    public const string Latin1 = "latin1";

    private PythonGlobal(string name) => Name = name;

    public string Name { get; }

    /// <exception cref="PickleException">It is none of them.</exception>
    public static PythonGlobal Find(string module, string name)
    {
        // Python 2 has the first name, and so has everybody in protocol 2 and below.
        PythonGlobal? known = module is "__builtin__" or "builtins"
            ? name switch
            {
                "set" => Set,
                "frozenset" => FrozenSet,
                "bytes" => Bytes,
                "bytearray" => ByteArray,
                _ => null,
            }
            : module == "_codecs" && name == "encode" ? Encode : null;
        return known ?? throw Refusal($"{module}.{name}");
    }

    public static PickleException Refusal(string what) => new(
        $"The Python pickle contains {Shorten(what)}, which is not read: only basic types are (None, bool, int, float, str, bytes, "
        + "bytearray, list, tuple, dict, set, frozenset). Send it as those, or as bytes.");

    private static string Shorten(string name) => name.Length <= 200 ? name : $"{name.AsSpan(0, 200)}…";
}
