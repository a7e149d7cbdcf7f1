using Cohort.Interop;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Cohort.Platform;

/// <summary>Names of shared memory, as shm_open takes them without the leading slash, and where they lie.</summary>
internal static class SharedFileName
{
    /// <summary>Where the C library puts shared memory; everyone who maps it finds it there.</summary>
    public const string Folder = "/dev/shm";

    /// <summary>The longest name, in bytes of UTF-8 (NAME_MAX).</summary>
    public const int MaxLength = 255;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A name that nobody has: 122 random bits.</summary>
    public static string New() => $"cohort-{Guid.NewGuid():N}";

    public static string PathOf(string name) => $"{Folder}/{name}";

    /// <exception cref="ArgumentException">The name is not that of a file right in the folder.</exception>
    public static void ThrowIfUnfit([NotNull] string? name, string parameterName)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameterName);
        NativeText.ThrowIfUnfit(name, parameterName);
        if (name is "." or ".." || name.Contains('/', StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"'{name}' cannot be the name of shared memory, which is a file right in {Folder}: no slash, and not '.' or '..'.",
                parameterName);
        }

        int length;
        try
        {
            length = s_strict.GetByteCount(name);
        }
        catch (EncoderFallbackException fault)
        {
            throw new ArgumentException("The name is no valid text: it holds half of a surrogate pair.", parameterName, fault);
        }

        if (length > MaxLength)
        {
            throw new ArgumentException(
                $"The name has {length} bytes in UTF-8; a name of shared memory may have {MaxLength}.", parameterName);
        }
    }
}
