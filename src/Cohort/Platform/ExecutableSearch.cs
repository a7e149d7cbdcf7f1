using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Finds executables as execvp does, but in the PATH that the child will have.</summary>
internal static class ExecutableSearch
{
    private const string DefaultSearchPath = "/usr/local/bin:/bin:/usr/bin";

    /// <returns>A path with a '/'.</returns>
    /// <exception cref="FileNotFoundException">No directory of the search path has it.</exception>
    /// <exception cref="IOException">It is there, but not executable.</exception>
    public static string Find(string fileName, string? searchPath, string? workingDirectory)
    {
        if (fileName.Contains('/', StringComparison.Ordinal))
        {
            return fileName;
        }

        searchPath ??= DefaultSearchPath;
        string? refused = null;
        ReadOnlySpan<char> directories = searchPath;
        foreach (Range range in directories.Split(':'))
        {
            // An empty entry is the current directory, which for the child is its working directory.
            ReadOnlySpan<char> directory = directories[range];
            string candidate = Path.Join(directory.Length == 0 ? "." : directory, fileName);
            string seenFromHere = workingDirectory is null ? candidate : Path.Combine(workingDirectory, candidate);

            // This first, as one call: most directories have nothing of the name.
            bool isExecutable = Libc.Access(seenFromHere, Libc.X_OK) == 0;
            if ((isExecutable || Errno.Last == Errno.EACCES) && NativePaths.FileExists(seenFromHere))
            {
                if (isExecutable)
                {
                    return candidate;
                }

                refused ??= candidate;
            }
        }

        throw refused is not null
            ? OsError.ToException(Errno.EACCES, $"cannot start '{refused}'")
            : new FileNotFoundException(
                $"cannot start '{fileName}': no directory of the search path {searchPath} has such an executable", fileName);
    }
}
