namespace Cohort.Subprocesses;

/// <summary>Patterns and buffers as they stand in messages.</summary>
internal static class ExpectText
{
    public static string List(IReadOnlyList<ExpectPattern> patterns) => string.Join(" or ", patterns);

    public static string Tail(string buffer) => buffer.Length == 0 ? "Nothing came." : $"What came ends with:\n{CommandText.TailOf(buffer)}";
}
