using System.Runtime.InteropServices;

namespace Cohort.Interop;

internal static unsafe partial class Libc
{
    /// <summary>glibc 2.34; not in musl.</summary>
    public static bool HasSpawnCloseFrom { get; } = HasExport("posix_spawn_file_actions_addclosefrom_np");

    /// <summary>glibc 2.29, musl 1.1.24.</summary>
    public static bool HasSpawnChdir { get; } = HasExport("posix_spawn_file_actions_addchdir_np");

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static partial int SpawnActionsInit(SpawnFileActions* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static partial int SpawnActionsDestroy(SpawnFileActions* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static partial int SpawnActionsAddDup2(SpawnFileActions* actions, int fd, int target);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(NativeTextMarshaller))]
    public static partial int SpawnActionsAddOpen(SpawnFileActions* actions, int target, string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addclose")]
    public static partial int SpawnActionsAddClose(SpawnFileActions* actions, int fd);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static partial int SpawnActionsAddCloseFrom(SpawnFileActions* actions, int first);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(NativeTextMarshaller))]
    public static partial int SpawnActionsAddChdir(SpawnFileActions* actions, string path);

    private static bool HasExport(string name) =>
        NativeLibrary.TryLoad(Library, typeof(Libc).Assembly, null, out nint handle)
        && NativeLibrary.TryGetExport(handle, name, out _);
}
