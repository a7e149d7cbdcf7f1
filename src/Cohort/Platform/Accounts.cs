using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>Users and groups by name, as the C library knows them.</summary>
internal static unsafe class Accounts
{
    private const int FirstSize = 1024;

    /// <summary>A group can have very many members.</summary>
    private const int LargestSize = 1 << 24;

    private delegate int Lookup(byte* name, byte* buffer, int size, out uint? id);

    /// <exception cref="ArgumentException">There is no such user.</exception>
    /// <exception cref="IOException">The users cannot be looked up.</exception>
    public static int UserId(string name, string parameterName) => Find("user", name, parameterName, FindUser);

    /// <exception cref="ArgumentException">There is no such group.</exception>
    /// <exception cref="IOException">The groups cannot be looked up.</exception>
    public static int GroupId(string name, string parameterName) => Find("group", name, parameterName, FindGroup);

    private static int Find(string kind, string name, string parameterName, Lookup lookup)
    {
        NativeText.ThrowIfUnfit(name, parameterName);
        byte[] text = new byte[NativeText.GetByteCount(name) + 1];
        NativeText.GetBytes(name, text);
        int size = FirstSize;
        while (true)
        {
            int errno;
            uint? id;
            fixed (byte* nativeName = text, buffer = new byte[size])
            {
                errno = lookup(nativeName, buffer, size, out id);
            }

            switch (errno)
            {
                case 0 when id is uint found:
                    return (int)found;

                // The numbers that some sources of accounts use for "not found".
                case 0 or Errno.ENOENT or Errno.ESRCH or Errno.EBADF or Errno.EPERM:
                    throw new ArgumentException($"There is no {kind} \"{name}\" on this machine.", parameterName);
                case Errno.EINTR:
                    break;
                case Errno.ERANGE when size < LargestSize:
                    size *= 4;
                    break;
                default:
                    throw OsError.ToException(errno, $"cannot look up the {kind} \"{name}\"");
            }
        }
    }

    private static int FindUser(byte* name, byte* buffer, int size, out uint? id)
    {
        PasswordEntry entry;
        PasswordEntry* found;
        int errno = Libc.GetPasswordEntry(name, &entry, buffer, (nuint)size, &found);
        id = found is null ? null : entry.pw_uid;
        return errno;
    }

    private static int FindGroup(byte* name, byte* buffer, int size, out uint? id)
    {
        GroupEntry entry;
        GroupEntry* found;
        int errno = Libc.GetGroupEntry(name, &entry, buffer, (nuint)size, &found);
        id = found is null ? null : entry.gr_gid;
        return errno;
    }
}
