using System.Runtime.InteropServices;

namespace Cohort.Interop;

/// <summary>Error numbers of Linux (the same on x86-64 and arm64) and their texts.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int E2BIG = 7;
    public const int ENOEXEC = 8;
    public const int EBADF = 9;
    public const int ECHILD = 10;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EFAULT = 14;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ETXTBSY = 26;
    public const int EFBIG = 27;
    public const int ENOSPC = 28;
    public const int EPIPE = 32;
    public const int ERANGE = 34;
    public const int ENAMETOOLONG = 36;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;
    public const int EMSGSIZE = 90;
    public const int EOPNOTSUPP = 95;
    public const int ENETUNREACH = 101;
    public const int ENETRESET = 102;
    public const int ECONNABORTED = 103;
    public const int ECONNRESET = 104;
    public const int ENOBUFS = 105;
    public const int ENOTCONN = 107;
    public const int ETOOMANYREFS = 109;
    public const int ETIMEDOUT = 110;
    public const int EHOSTDOWN = 112;
    public const int EHOSTUNREACH = 113;
    public const int ECONNREFUSED = 111;

    /// <summary>What the last import with <c>SetLastError</c> on this thread left behind.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>The C library's text for <paramref name="errno"/>, with its symbolic name when it is a usual one.</summary>
    public static string Describe(int errno)
    {
        string text = Marshal.GetPInvokeErrorMessage(errno);
        return $"{text} ({NameOf(errno) ?? "errno " + errno.ToString(System.Globalization.CultureInfo.InvariantCulture)})";
    }

    private static string? NameOf(int errno) => errno switch
    {
        EPERM => nameof(EPERM),
        ENOENT => nameof(ENOENT),
        ESRCH => nameof(ESRCH),
        EINTR => nameof(EINTR),
        EIO => nameof(EIO),
        E2BIG => nameof(E2BIG),
        ENOEXEC => nameof(ENOEXEC),
        EBADF => nameof(EBADF),
        ECHILD => nameof(ECHILD),
        EAGAIN => nameof(EAGAIN),
        ENOMEM => nameof(ENOMEM),
        EACCES => nameof(EACCES),
        EFAULT => nameof(EFAULT),
        EBUSY => nameof(EBUSY),
        EEXIST => nameof(EEXIST),
        ENOTDIR => nameof(ENOTDIR),
        EISDIR => nameof(EISDIR),
        EINVAL => nameof(EINVAL),
        ENFILE => nameof(ENFILE),
        EMFILE => nameof(EMFILE),
        ETXTBSY => nameof(ETXTBSY),
        EFBIG => nameof(EFBIG),
        ENOSPC => nameof(ENOSPC),
        EPIPE => nameof(EPIPE),
        ERANGE => nameof(ERANGE),
        ENAMETOOLONG => nameof(ENAMETOOLONG),
        ENOSYS => nameof(ENOSYS),
        ELOOP => nameof(ELOOP),
        EMSGSIZE => nameof(EMSGSIZE),
        EOPNOTSUPP => nameof(EOPNOTSUPP),
        ENETUNREACH => nameof(ENETUNREACH),
        ENETRESET => nameof(ENETRESET),
        ECONNABORTED => nameof(ECONNABORTED),
        ECONNRESET => nameof(ECONNRESET),
        ENOBUFS => nameof(ENOBUFS),
        ENOTCONN => nameof(ENOTCONN),
        ETOOMANYREFS => nameof(ETOOMANYREFS),
        ETIMEDOUT => nameof(ETIMEDOUT),
        EHOSTDOWN => nameof(EHOSTDOWN),
        EHOSTUNREACH => nameof(EHOSTUNREACH),
        ECONNREFUSED => nameof(ECONNREFUSED),
        _ => null,
    };
}
