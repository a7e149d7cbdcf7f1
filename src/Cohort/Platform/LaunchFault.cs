using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Finds out what an error number of posix_spawn was about.</summary>
internal static class LaunchFault
{
    public static IOException ToException(int errno, LaunchRequest request, string fileName)
    {
        string what = $"cannot start '{fileName}'";
        string? directory = request.WorkingDirectory;
        if (directory is not null && errno is Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES or Errno.ELOOP)
        {
            if (!Directory.Exists(directory))
            {
                return new DirectoryNotFoundException(
                    $"{what} in the working directory '{directory}': {Errno.Describe(errno)}") { HResult = errno };
            }

            if (errno == Errno.EACCES && Libc.Access(directory, Libc.X_OK) != 0)
            {
                return OsError.ToException(errno, $"{what} in the working directory '{directory}'");
            }
        }

        string seenFromHere = Path.Combine(directory ?? "", fileName);
        return errno switch
        {
            Errno.ENOENT when File.Exists(seenFromHere) => MissingFile(
                $"{what}: the file is there, but a file that it needs is not: its interpreter (the #! line, or the "
                + "dynamic loader), or one that a descriptor of the child was to open",
                fileName,
                errno),
            Errno.ENOENT => MissingFile($"{what}: {Errno.Describe(errno)}", fileName, errno),
            Errno.EACCES when Directory.Exists(seenFromHere) => OsError.ToException(errno, $"{what}, a directory"),
            Errno.EBADF => OsError.ToException(errno, $"{what}: a descriptor for the child is not open or out of range"),
            Errno.E2BIG => OsError.ToException(
                errno, $"{what}: the arguments and the environment together, or one of them, are too large"),
            Errno.ENOEXEC => OsError.ToException(
                errno, $"{what}: the file is executable but no program (a script needs a #! line)"),
            Errno.EPERM or Errno.ESRCH when request.Group.Kind == LaunchGroupKind.Join => OsError.ToException(
                errno, $"{what} in process group {request.Group.GroupId}"),
            _ => OsError.ToException(errno, what),
        };
    }

    private static FileNotFoundException MissingFile(string message, string fileName, int errno) =>
        new(message, fileName) { HResult = errno };
}
