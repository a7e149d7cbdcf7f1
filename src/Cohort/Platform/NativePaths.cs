using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Whether paths exist, also those that are no UTF-8, which the framework cannot name.</summary>
internal static class NativePaths
{
    public static bool FileExists(string path) =>
        NativeText.HasEscapes(path) ? Exists(path) && !DirectoryExists(path) : File.Exists(path);

    public static bool DirectoryExists(string path) =>
        NativeText.HasEscapes(path) ? Exists(path + "/.") : Directory.Exists(path);

    public static bool Exists(string path) =>
        NativeText.HasEscapes(path) ? Libc.Access(path, Libc.F_OK) == 0 : Path.Exists(path);
}
