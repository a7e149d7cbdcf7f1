using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    /// <summary>
    /// "NAME=value" strings up to a null, of whatever bytes; null when there are none. As unsafe as <see cref="UnsetEnv"/>.
    /// </summary>
    public static byte** Environ => *(byte***)NativeLibrary.GetExport(NativeLibrary.Load(Library, typeof(Libc).Assembly, null), "environ");

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
