using System.Globalization;
using Cohort.Platform;
using Cohort.Subprocesses;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

/// <summary>Starts workers under limits. They are set from here, on a process that may not have come up yet.</summary>
internal static class WorkerLimiter
{
    private const string HeapVariable = "DOTNET_GCHeapHardLimit";

    /// <summary>A worker that waits for its start message, with its limits.</summary>
    /// <param name="context">How it is started.</param>
    /// <param name="environmentVariables">Its own; null for none.</param>
    /// <param name="limits">Checked; null for none.</param>
    /// <param name="name">The worker's, for messages.</param>
    /// <param name="index">Its place in its pool, by which it is given a CPU.</param>
    /// <param name="outputs">Where it prints; null for where this process does.</param>
    /// <exception cref="IOException">The process could not be started, or the system refuses a limit.</exception>
    public static WorkerHandle Acquire(
        WorkerContext context,
        IReadOnlyDictionary<string, string?>? environmentVariables,
        WorkerLimits? limits,
        string name,
        int index,
        SafeFileHandle[]? outputs = null)
    {
        if (limits is null)
        {
            return context.Acquire(environmentVariables, outputs);
        }

        if (limits.GcHeapHardLimit is { } heap)
        {
            environmentVariables = new Dictionary<string, string?>(environmentVariables ?? new Dictionary<string, string?>())
            {
                [HeapVariable] = heap.ToString("X", CultureInfo.InvariantCulture),
            };
        }

        WorkerHandle handle = context.Acquire(environmentVariables, outputs);
        try
        {
            Apply(handle, limits, name, index);
            return handle;
        }
        catch
        {
            handle.Kill();
            handle.Dispose();
            throw;
        }
    }

    private static void Apply(WorkerHandle handle, WorkerLimits limits, string name, int index)
    {
        int process = handle.Child.ProcessId;
        if (CpusOf(limits, index) is { } cpus)
        {
            Try(name, $"{nameof(WorkerLimits.CpuAffinity)} {string.Join(", ", cpus)}", () => CpuSet.Apply(process, cpus));
        }

        if (limits.Nice is { } nice)
        {
            Try(name, $"{nameof(WorkerLimits.Nice)} {nice}", () => ProcessLimits.SetNice(process, nice));
        }

        foreach ((LimitedResource resource, ResourceLimit limit) in limits.ResourceLimits ?? new Dictionary<LimitedResource, ResourceLimit>())
        {
            if (resource == LimitedResource.AddressSpaceBytes && !handle.IsUp)
            {
                handle.AwaitReady();
            }

            Try(
                name,
                $"{nameof(WorkerLimits.ResourceLimits)}[{resource}] {limit}",
                () => ProcessLimits.SetResource(process, (int)resource, limit.ToNative()));
        }

        if (limits.MaxResidentMemory is { } memory)
        {
            ResidentWatch.Add(handle, memory);
        }
    }

    private static IReadOnlyList<int>? CpusOf(WorkerLimits limits, int index)
    {
        if (!limits.PinsEachWorker)
        {
            return limits.CpuAffinity;
        }

        IReadOnlyList<int> all = limits.CpuAffinity ?? CpuSet.Own;
        return [all[index % all.Count]];
    }

    private static void Try(string name, string limit, Action set)
    {
        try
        {
            set();
        }
        catch (IOException refused)
        {
            throw new IOException($"The limit {limit} cannot be set for worker {name}: {refused.Message}", refused)
            {
                HResult = refused.HResult,
            };
        }
    }
}
