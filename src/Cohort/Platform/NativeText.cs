using System.Diagnostics.CodeAnalysis;

namespace Cohort.Platform;

/// <summary>Checks on strings that become C strings.</summary>
internal static class NativeText
{
    /// <exception cref="ArgumentException">The text holds a zero character, which would cut it short.</exception>
    public static void ThrowIfUnfit([NotNull] string? text, string parameterName)
    {
        ArgumentNullException.ThrowIfNull(text, parameterName);
        int position = text.IndexOf('\0', StringComparison.Ordinal);
        if (position >= 0)
        {
            throw new ArgumentException(
                $"The text \"{text.Replace("\0", "\\0", StringComparison.Ordinal)}\" holds a zero character at {position}; "
                + "the system would take it for the end.",
                parameterName);
        }
    }
}
