using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static partial class Libc
{
    /// <summary>Ends the process at once: no finalizers, no exit handlers, no flush.</summary>
    [DoesNotReturn]
    [LibraryImport(Library, EntryPoint = "_exit")]
    public static partial void Exit(int status);
}
