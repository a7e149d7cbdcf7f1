using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    /// <summary>
    /// The C library's own environment, which native code of this process sees; the runtime keeps a copy of its own.
    /// Not safe while other native code reads the environment.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "unsetenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnsetEnv(string name);

    /// <inheritdoc cref="UnsetEnv"/>
    [LibraryImport(Library, EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetEnv(string name, string value, int overwrite);
}
