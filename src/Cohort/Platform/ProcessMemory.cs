using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>How much memory a process takes, by /proc/PID/statm.</summary>
internal static class ProcessMemory
{
    private const int MaxLength = 256;

    /// <summary>The bytes that are in memory now, shared pages included; 0 when there is no such process, or none that can be seen.</summary>
    public static long ResidentBytes(int processId)
    {
        Span<byte> buffer = stackalloc byte[MaxLength];
        try
        {
            using SafeFileHandle file = File.OpenHandle(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/statm"), share: FileShare.ReadWrite);
            int length = RandomAccess.Read(file, buffer, 0);
            string[] fields = Encoding.ASCII.GetString(buffer[..length]).Split(' ');
            return fields.Length < 2 ? 0 : long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
