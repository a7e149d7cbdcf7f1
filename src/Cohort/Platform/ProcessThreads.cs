using System.Globalization;

namespace Cohort.Platform;

/// <summary>The threads of another process.</summary>
internal static class ProcessThreads
{
    /// <summary>
    /// Does something to each thread. What a new thread takes over from the one that starts it then holds for all, since the
    /// look is repeated until it finds no thread that is new.
    /// </summary>
    /// <exception cref="IOException">The process is gone, or hidden.</exception>
    public static void ForEach(int processId, Action<int> action)
    {
        HashSet<int> done = [];
        int before;
        do
        {
            before = done.Count;
            foreach (int thread in List(processId))
            {
                if (done.Add(thread))
                {
                    action(thread);
                }
            }
        }
        while (done.Count > before);
    }

    private static int[] List(int processId)
    {
        string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task");
        return [.. Directory.EnumerateDirectories(folder)
            .Select(static path => int.Parse(Path.GetFileName(path.AsSpan()), CultureInfo.InvariantCulture))];
    }
}
