using System.Text;
using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Anonymous memory files (memfd).</summary>
internal static class MemoryFile
{
    /// <summary>Cleared by the first EINVAL: Linux before 6.3 does not know the flag, later ones warn where it lacks.</summary>
    private static volatile bool s_hasNoExecSeal = true;

    /// <summary>An empty file, close-on-exec, to which seals can be added.</summary>
    public static SafeFileHandle Create(string debugName)
    {
        byte[] name = ToNativeName(debugName);
        while (true)
        {
            bool hasNoExecSeal = s_hasNoExecSeal;
            uint flags = Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING | (hasNoExecSeal ? Libc.MFD_NOEXEC_SEAL : 0);
            SafeFileHandle handle = Libc.MemfdCreate(name, flags);
            if (!handle.IsInvalid)
            {
                return handle;
            }

            int errno = Errno.Last;
            handle.Dispose();
            if (errno != Errno.EINVAL || !hasNoExecSeal)
            {
                throw OsError.ToException(errno, $"cannot make the memory file '{debugName}'");
            }

            s_hasNoExecSeal = false;
        }
    }

    private static byte[] ToNativeName(string name)
    {
        byte[] bytes = new byte[Libc.MFD_NAME_MAX + 1];
        Encoding.UTF8.GetEncoder().Convert(name, bytes.AsSpan(0, Libc.MFD_NAME_MAX), flush: true, out _, out _, out _);
        return bytes;
    }
}
