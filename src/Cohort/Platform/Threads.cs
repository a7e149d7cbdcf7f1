using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Starts threads with an error that says what is missing.</summary>
internal static class Threads
{
    /// <summary>Rather too many: whoever has so few left has none for long.</summary>
    private const int DescriptorsForAThread = 8;

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
            int errno = DescriptorFault() ?? Errno.EAGAIN;
            throw new IOException(OsError.ToException(errno, $"cannot start the thread '{thread.Name}'").Message, e) { HResult = errno };
        }
    }

    /// <summary>The error of opening as many as a new thread may need; null when they are there.</summary>
    private static int? DescriptorFault()
    {
        List<SafeFileHandle> probes = [];
        try
        {
            while (probes.Count < DescriptorsForAThread)
            {
                SafeFileHandle probe = Libc.Open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC);
                int errno = probe.IsInvalid ? Errno.Last : 0;
                probes.Add(probe);
                if (errno is Errno.EMFILE or Errno.ENFILE)
                {
                    return errno;
                }
            }

            return null;
        }
        finally
        {
            probes.ForEach(static probe => probe.Dispose());
        }
    }
}
