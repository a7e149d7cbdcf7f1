using System.Collections.Frozen;

namespace Cohort.Tests.Architecture;

/// <summary>The layers of the library, lowest first: a type may use its own layer and those below it.</summary>
internal static class Layers
{
    private static readonly FrozenDictionary<string, int> s_ofNamespace = new Dictionary<string, int>
    {
        ["Cohort.Interop"] = 0,
        ["Cohort.Platform"] = 1,
        ["Cohort.Utils"] = 2,
        ["Cohort.Serializing"] = 2,
        ["Cohort.Sharing"] = 3,
        ["Cohort.Mapping"] = 3,
        ["Cohort.Signaling"] = 3,
        ["Cohort.Selecting"] = 3,
        ["Cohort.Networking"] = 3,
        ["Cohort.Threads"] = 3,
        ["Cohort.Synchronizing"] = 4,
        ["Cohort.Messaging"] = 5,
        ["Cohort.Subprocesses"] = 5,
        ["Cohort.Workers"] = 6,
        ["Cohort.Pools"] = 7,
        ["Cohort.Managing"] = 7,
        ["Cohort.Supervision"] = 7,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Where the types of the root namespace belong. They live in the folder of their feature, and only their names
    /// stand at the root.
    /// </summary>
    private static readonly FrozenDictionary<string, int> s_ofType = new Dictionary<string, int>
    {
        // The base of every fault of the other side depends on nothing, so that every layer can throw it.
        ["Cohort.CohortException"] = 0,
        ["Cohort.RemoteTaskException"] = 2,
        ["Cohort.Subprocess"] = 5,
        ["Cohort.WorkerProcess"] = 6,
        ["Cohort.WorkerOptions"] = 6,
        ["Cohort.WorkerContext"] = 6,
        ["Cohort.WorkerLog"] = 6,
        ["Cohort.ParentProcess"] = 6,
        ["Cohort.WorkerLostException"] = 6,
        ["Cohort.ProcessPool"] = 7,
        ["Cohort.ProcessPoolOptions"] = 7,
        ["Cohort.ThreadWorkerPool"] = 7,
        ["Cohort.ThreadWorkerPoolOptions"] = 7,
        ["Cohort.InlinePool"] = 7,
        ["Cohort.InlinePoolOptions"] = 7,
        ["Cohort.PoolBrokenException"] = 7,

        // The host finds a startup hook only by this name, outside every namespace.
        ["StartupHook"] = 7,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The layer of a type, or null when nothing says which it is. Sub-namespaces belong to their folder's.</summary>
    public static int? Of(string fullName)
    {
        if (s_ofType.TryGetValue(fullName, out int known))
        {
            return known;
        }

        for (int dot = fullName.LastIndexOf('.'); dot > 0; dot = fullName.LastIndexOf('.', dot - 1))
        {
            if (s_ofNamespace.TryGetValue(fullName[..dot], out int layer))
            {
                return layer;
            }
        }

        return null;
    }

    public static bool IsAtRoot(string @namespace) => @namespace == "Cohort";
}
