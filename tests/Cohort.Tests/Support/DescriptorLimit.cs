using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Support;

/// <summary>RLIMIT_NOFILE of a worker, so that it runs out of descriptors soon.</summary>
internal static unsafe partial class DescriptorLimit
{
    private const int RLIMIT_NOFILE = 7;

    /// <summary>For the rest of this process's life.</summary>
    public static void Set(int limit)
    {
        ulong* limits = stackalloc ulong[2] { (ulong)limit, (ulong)limit };
        Assert.Equal(0, SetRLimit(RLIMIT_NOFILE, limits));
    }

    /// <summary>Sets it, and takes all that are left until the result is disposed. What runs meanwhile has to have run before: code is loaded by descriptors.</summary>
    public static Hoard Exhaust(int limit)
    {
        Hoard hoard = new();
        Set(limit);
        hoard.Fill();
        return hoard;
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetRLimit(int resource, ulong* limits);

    public sealed class Hoard : IDisposable
    {
        private readonly List<SafeFileHandle> _files = [];

        /// <summary>Leaves one descriptor to others.</summary>
        public void FreeOne()
        {
            _files[^1].Dispose();
            _files.RemoveAt(_files.Count - 1);
        }

        public void Fill()
        {
            try
            {
                while (true)
                {
                    _files.Add(File.OpenHandle("/dev/null"));
                }
            }
            catch (IOException)
            {
                // That was the last.
            }
        }

        public void Dispose()
        {
            _files.ForEach(static file => file.Dispose());
            _files.Clear();
        }
    }
}
