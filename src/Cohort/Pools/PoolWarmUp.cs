using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Cohort.Workers;

namespace Cohort.Pools;

/// <summary>Adds a pool worker's life in small to what standby workers rehearse, since they may become one.</summary>
internal static class PoolWarmUp
{
    /// <summary>However this process became a worker, by the hook or by a call in Main.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A layer below, which may not know this one, has to find it.")]
    internal static void Register() => WarmUp.More = Send;

    private static void Send(WorkerHandle worker)
    {
        using PoolRehearsal rehearsal = new();
        WarmUp.Send(worker, new PoolWorkerJob(null, 0, 0), rehearsal.Handles);
    }
}
