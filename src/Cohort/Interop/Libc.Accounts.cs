using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <remarks>By the C library and not from /etc/passwd: accounts may come from elsewhere (NSS: LDAP, systemd).</remarks>
internal static unsafe partial class Libc
{
    /// <summary>Returns the error number; <paramref name="found"/> is null when there is no such user.</summary>
    [LibraryImport(Library, EntryPoint = "getpwnam_r")]
    public static partial int GetPasswordEntry(byte* name, PasswordEntry* entry, byte* buffer, nuint size, PasswordEntry** found);

    /// <inheritdoc cref="GetPasswordEntry"/>
    [LibraryImport(Library, EntryPoint = "getgrnam_r")]
    public static partial int GetGroupEntry(byte* name, GroupEntry* entry, byte* buffer, nuint size, GroupEntry** found);
}
