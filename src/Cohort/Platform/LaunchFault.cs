using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Finds out what an error number of posix_spawn was about.</summary>
internal static class LaunchFault
{
    public static IOException ToException(int errno, LaunchRequest request, string fileName)
    {
        string what = $"cannot start '{fileName}'";
        string? directory = request.WorkingDirectory;
        if (directory is not null && errno is (Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES or Errno.ELOOP))
        {
            if (!NativePaths.DirectoryExists(directory))
            {
                return new DirectoryNotFoundException(
                    $"{what} in the working directory '{directory}': {Errno.Describe(errno)}") { HResult = errno };
            }

            if (errno == Errno.EACCES && Libc.Access(directory, Libc.X_OK) != 0)
            {
                return OsError.ToException(errno, $"{what} in the working directory '{directory}'");
            }
        }

        if (errno is (Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES or Errno.EISDIR) && FaultyFile(request) is { } file)
        {
            return file.IsMissing
                ? MissingFile($"{what}: its descriptor {file.Target} was to open '{file.Path}': {Errno.Describe(errno)}", file.Path, errno)
                : OsError.ToException(errno, $"{what}: its descriptor {file.Target} was to open '{file.Path}'");
        }

        string seenFromHere = Path.Combine(directory ?? "", fileName);
        return errno switch
        {
            Errno.ENOENT when NativePaths.FileExists(seenFromHere) => MissingFile(
                $"{what}: the file is there, but its interpreter (the #! line, or the dynamic loader) is not",
                fileName,
                errno),
            Errno.ENOENT => MissingFile($"{what}: {Errno.Describe(errno)}", fileName, errno),
            Errno.EACCES when NativePaths.DirectoryExists(seenFromHere) => OsError.ToException(errno, $"{what}, a directory"),
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

    /// <summary>A file that a descriptor was to open and that cannot be, as far as can be seen from here.</summary>
    private static (string Path, int Target, bool IsMissing)? FaultyFile(LaunchRequest request)
    {
        foreach (LaunchDescriptor descriptor in request.Descriptors)
        {
            if (descriptor.FilePath is null)
            {
                continue;
            }

            string path = Path.Combine(request.WorkingDirectory ?? "", descriptor.FilePath);
            bool isThere = NativePaths.Exists(path);
            bool creates = (descriptor.OpenFlags & Libc.O_CREAT) != 0;
            int access = (descriptor.OpenFlags & Libc.O_ACCMODE) switch
            {
                Libc.O_RDONLY => Libc.R_OK,
                Libc.O_WRONLY => Libc.W_OK,
                _ => Libc.R_OK | Libc.W_OK,
            };
            string toWrite = isThere ? path : Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
            bool isMissing = !isThere && !(creates && NativePaths.DirectoryExists(toWrite));
            bool isDirectory = isThere && NativePaths.DirectoryExists(path) && (access & Libc.W_OK) != 0;
            if (isMissing || isDirectory || Libc.Access(toWrite, isThere ? access : Libc.W_OK) != 0)
            {
                return (descriptor.FilePath, descriptor.Target, isMissing);
            }
        }

        return null;
    }

    private static FileNotFoundException MissingFile(string message, string fileName, int errno) =>
        new(message, fileName) { HResult = errno };
}
