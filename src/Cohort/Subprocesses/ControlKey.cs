namespace Cohort.Subprocesses;

/// <summary>Keys that are pressed together with Control.</summary>
internal static class ControlKey
{
    /// <exception cref="ArgumentOutOfRangeException">There is no such key.</exception>
    public static byte ByteOf(char key) => key switch
    {
        >= '@' and <= '_' => (byte)(key - '@'),
        >= 'a' and <= 'z' => (byte)(key - 'a' + 1),
        '?' => 127,
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "Control goes with a letter or one of @[\\]^_?."),
    };
}
