using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Has a command killed when the thread that started it ends.</summary>
/// <remarks>
/// The wish is the child's own (prctl), it is forgotten at fork and kept over exec: so some program has to utter it and then
/// become the command. setpriv of util-linux does.
/// </remarks>
internal static class ParentDeath
{
    private static readonly string? s_helper = Array.Find(["/usr/bin/setpriv", "/bin/setpriv"], static path => Libc.Access(path, Libc.X_OK) == 0);

    /// <exception cref="PlatformNotSupportedException">There is none here.</exception>
    public static string Helper => s_helper ?? throw new PlatformNotSupportedException(
        "A command that is killed with its parent needs setpriv of util-linux in /usr/bin or /bin.");

    /// <summary>Where the program is, found to be there and executable.</summary>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="IOException">It is not executable.</exception>
    public static string Checked(string fileName, string? searchPath, string? workingDirectory)
    {
        NativeText.ThrowIfUnfit(fileName, nameof(fileName));
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        string program = ExecutableSearch.Find(fileName, searchPath, workingDirectory);
        string seenFromHere = Path.Combine(workingDirectory ?? "", program);
        if (!NativePaths.Exists(seenFromHere) && (workingDirectory is null || NativePaths.DirectoryExists(workingDirectory)))
        {
            throw new FileNotFoundException($"cannot start '{program}': {Errno.Describe(Errno.ENOENT)}", program) { HResult = Errno.ENOENT };
        }

        if (NativePaths.Exists(seenFromHere) && (NativePaths.DirectoryExists(seenFromHere) || Libc.Access(seenFromHere, Libc.X_OK) != 0))
        {
            throw OsError.ToException(Errno.EACCES, $"cannot start '{program}'");
        }

        return program;
    }
}
