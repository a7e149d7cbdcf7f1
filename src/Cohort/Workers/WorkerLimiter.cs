using System.Globalization;
using Cohort.Platform;
using Cohort.Subprocesses;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Workers;

/// <summary>Starts workers under limits. They are set from here, on a process that may not have come up yet.</summary>
internal static class WorkerLimiter
{
    private const string HeapVariable = "DOTNET_GCHeapHardLimit";

    /// <summary>The runtime's own variable, and those of OpenMP and of the libraries for linear algebra.</summary>
    private static readonly string[] s_processorVariables =
        ["DOTNET_PROCESSOR_COUNT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

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

        WorkerHandle handle = context.Acquire(WithLimits(environmentVariables, limits), outputs);
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

    /// <summary>What the runtime and native libraries only read when a process starts.</summary>
    private static IReadOnlyDictionary<string, string?>? WithLimits(IReadOnlyDictionary<string, string?>? own, WorkerLimits limits)
    {
        if (limits.GcHeapHardLimit is null && limits.Processors is null)
        {
            return own;
        }

        Dictionary<string, string?> variables = new(own ?? new Dictionary<string, string?>());
        if (limits.GcHeapHardLimit is { } heap)
        {
            variables[HeapVariable] = heap.ToString("X", CultureInfo.InvariantCulture);
        }

        if (limits.Processors is { } processors)
        {
            foreach (string name in s_processorVariables)
            {
                variables.TryAdd(name, processors.ToString(CultureInfo.InvariantCulture));
            }
        }

        return variables;
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
