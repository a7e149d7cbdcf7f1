using System.Globalization;
using Cohort.Platform;

namespace Cohort.Workers;

/// <summary>Kills workers that have more memory in RAM than they may. One thread looks, while there is somebody to look at.</summary>
internal static class ResidentWatch
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);
    private static readonly object s_gate = new();
    private static readonly List<(WorkerHandle Worker, long Limit)> s_watched = [];
    private static bool s_isRunning;

    public static void Add(WorkerHandle worker, long limit)
    {
        lock (s_gate)
        {
            if (!s_isRunning)
            {
                // If it cannot be started, nobody is watched and the worker's start fails.
                new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Cohort memory watch" }.UnsafeStart();
                s_isRunning = true;
            }

            s_watched.Add((worker, limit));
        }
    }

    private static void Run()
    {
        lock (s_gate)
        {
            while (true)
            {
                s_watched.RemoveAll(static watched => watched.Worker.Child.HasExited);
                if (s_watched.Count == 0)
                {
                    s_isRunning = false;
                    return;
                }

                foreach ((WorkerHandle worker, long limit) in s_watched)
                {
                    Look(worker, limit);
                }

                Monitor.Wait(s_gate, s_pause);
            }
        }
    }

    private static void Look(WorkerHandle worker, long limit)
    {
        if (worker.ReasonOfKill is null && ProcessMemory.ResidentBytes(worker.Child.ProcessId) is var resident && resident > limit)
        {
            worker.ReasonOfKill =
                $"It was killed because it had {InMiB(resident)} of memory in RAM, above its limit (MaxResidentMemory) of {InMiB(limit)}.";
            worker.Kill();
            WorkerLog.Note(WorkerLog.Warning, $"worker process {worker.Child.ProcessId}: {worker.ReasonOfKill}");
        }
    }

    private static string InMiB(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.#} MiB");
}
