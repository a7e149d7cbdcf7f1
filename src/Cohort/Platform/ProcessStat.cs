using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>What /proc/PID/stat says about a process at one moment.</summary>
/// <param name="Identity">Process id and start time.</param>
/// <param name="Name">The executable's name, cut to 15 bytes.</param>
/// <param name="State">R, S, D, T, Z and so on.</param>
/// <param name="ParentId">0 for the first process and for one whose parent lies outside this pid namespace.</param>
/// <param name="GroupId">Process group.</param>
/// <param name="SessionId">Session.</param>
internal readonly record struct ProcessStat(
    ProcessIdentity Identity, string Name, char State, int ParentId, int GroupId, int SessionId)
{
    private const int MaxLength = 4096;

    /// <summary>Whether the process is dead and only waits to be reaped.</summary>
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>Null when there is no such process, or none that this user may see.</summary>
    public static ProcessStat? Of(int processId)
    {
        Span<byte> buffer = stackalloc byte[MaxLength];
        try
        {
            using SafeFileHandle file = File.OpenHandle(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"), share: FileShare.ReadWrite);
            int length = RandomAccess.Read(file, buffer, 0);
            return Parse(Encoding.UTF8.GetString(buffer[..length]));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone before the open (ENOENT) or before the read (ESRCH), or hidden (hidepid).
            return null;
        }
    }

    /// <exception cref="FormatException">This is not the text of a stat file.</exception>
    internal static ProcessStat Parse(string text)
    {
        // The name may hold spaces and parentheses of its own: it goes from the first '(' to the last ')'.
        int open = text.IndexOf('(', StringComparison.Ordinal);
        int close = text.LastIndexOf(')');
        if (open < 1 || close < open)
        {
            throw new FormatException($"\"{text}\" is not the text of a stat file.");
        }

        string[] fields = text[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 20)
        {
            throw new FormatException($"\"{text}\" has too few fields for a stat file.");
        }

        CultureInfo invariant = CultureInfo.InvariantCulture;
        return new ProcessStat(
            new ProcessIdentity(int.Parse(text.AsSpan(0, open), invariant), ulong.Parse(fields[19], invariant)),
            text[(open + 1)..close],
            fields[0][0],
            int.Parse(fields[1], invariant),
            int.Parse(fields[2], invariant),
            int.Parse(fields[3], invariant));
    }
}
