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
        foreach (string directory in searchPath.Split(':'))
        {
            // An empty entry is the current directory, which for the child is its working directory.
            string candidate = Path.Combine(directory.Length == 0 ? "." : directory, fileName);
            string seenFromHere = Path.Combine(workingDirectory ?? "", candidate);
            if (NativePaths.FileExists(seenFromHere))
            {
                if (Libc.Access(seenFromHere, Libc.X_OK) == 0)
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
