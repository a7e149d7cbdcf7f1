using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Starts threads with an error that says what is missing.</summary>
internal static class Threads
{
    /// <remarks>
    /// The runtime tells every failure to start a thread as want of memory. But mostly it is the number of threads that is at
    /// its limit, or of descriptors: a new thread reads /proc to learn where its stack is.
    /// </remarks>
    /// <exception cref="IOException">The system refuses another thread.</exception>
    public static void Start(Thread thread)
    {
        try
        {
            thread.Start();
        }
        catch (OutOfMemoryException e)
        {
            using SafeFileHandle probe = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
            int errno = probe.IsInvalid && Errno.Last is Errno.EMFILE or Errno.ENFILE ? Errno.Last : Errno.EAGAIN;
            throw new IOException(OsError.ToException(errno, $"cannot start the thread '{thread.Name}'").Message, e) { HResult = errno };
        }
    }
}
