using System.Globalization;

namespace Cohort.Platform;

/// <summary>The PID namespace of this process: what process numbers mean. A container usually has one of its own.</summary>
internal static class ProcessNamespace
{
    /// <summary>The kernel's number of it; 0 where that cannot be found out.</summary>
    public static ulong Current { get; } = Read();

    private static ulong Read()
    {
        try
        {
            // "pid:[4026531836]"
            string target = new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
            return ulong.TryParse(target.AsSpan().Trim("pid:[]"), CultureInfo.InvariantCulture, out ulong number) ? number : 0;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
