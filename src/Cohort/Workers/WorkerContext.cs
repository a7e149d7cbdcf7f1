using System.Diagnostics;
using Cohort.Workers;
using Microsoft.Win32.SafeHandles;

namespace Cohort;

/// <summary>How worker processes are started (Python: the contexts of <c>multiprocessing</c>).</summary>
/// <remarks>
/// There is no <c>fork</c>: a process with a .NET runtime has threads that a forked child would lack.
/// <see cref="Warm"/> is what to use where Python would fork for speed.
/// </remarks>
[DebuggerDisplay("{Name,nq}")]
public sealed class WorkerContext
{
    private static readonly Lock s_gate = new();
    private static WorkerContext? s_default;

    private WorkerContext(string name) => Name = name;

    /// <summary>Each worker is a new process, started when it is needed.</summary>
    public static WorkerContext Spawn { get; } = new("spawn");

    /// <summary>
    /// Workers come from a standby set of processes that are started already and idle, so a start costs a message and
    /// not a runtime. Fill the set with <see cref="PrepareWarmAsync"/>; it refills itself in the background.
    /// </summary>
    public static WorkerContext Warm { get; } = new("warm");

    /// <summary>The names that <see cref="Get"/> takes; the first is the default.</summary>
    public static IReadOnlyList<string> Names { get; } = ["spawn", "warm"];

    /// <summary>What is used where nothing else is asked for. Fixed by its first use, as <see cref="SetDefault"/> says.</summary>
    public static WorkerContext Default
    {
        get
        {
            lock (s_gate)
            {
                return s_default ??= Spawn;
            }
        }
    }

    /// <summary>Whether <see cref="Default"/> was set or used already.</summary>
    public static bool IsDefaultFixed
    {
        get
        {
            lock (s_gate)
            {
                return s_default is not null;
            }
        }
    }

    /// <summary>The context's name.</summary>
    public string Name { get; }

    internal static int StandbyCount => Standby.Set.Count;

    /// <summary>The context of that name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="PlatformNotSupportedException"><c>fork</c> or <c>forkserver</c>, which .NET cannot do.</exception>
    /// <exception cref="ArgumentException">No context has that name.</exception>
    public static WorkerContext Get(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name switch
        {
            "spawn" => Spawn,
            "warm" => Warm,
            "fork" or "forkserver" => throw new PlatformNotSupportedException(
                $"'{name}': a process with a .NET runtime cannot be forked. Use WorkerContext.Warm, which starts from processes that are ready."),
            _ => throw new ArgumentException($"No worker context is named '{name}'; there are {string.Join(", ", Names)}.", nameof(name)),
        };
    }

    /// <summary>Sets <see cref="Default"/>, once in a program; children inherit it.</summary>
    /// <param name="context">The new default.</param>
    /// <param name="force">Set it even though it was set or used before.</param>
    /// <exception cref="InvalidOperationException">It was set or used before, and <paramref name="force"/> is false.</exception>
    public static void SetDefault(WorkerContext context, bool force = false)
    {
        ArgumentNullException.ThrowIfNull(context);
        lock (s_gate)
        {
            if (s_default is not null && !force)
            {
                throw new InvalidOperationException("The default worker context was set or used already; pass force to set it again.");
            }

            s_default = context;
        }
    }

    /// <summary>Sets how many idle workers <see cref="Warm"/> keeps ready, and waits until they are. Zero ends them.</summary>
    /// <param name="count">How many; each takes the memory of an empty .NET process.</param>
    /// <param name="cancellationToken">Ends the wait; workers that are started stay.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    /// <exception cref="IOException">A worker could not be started.</exception>
    public static Task PrepareWarmAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Standby.Set.PrepareAsync(count, cancellationToken);
    }

    /// <summary>Starts workers from another executable than this program's (Python: <c>set_executable</c>).</summary>
    /// <param name="fileName">A build of this same program whose <c>Main</c> calls <see cref="WorkerProcess.RunIfWorker"/>.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public static void SetExecutable(string fileName)
    {
        ArgumentException.ThrowIfNullOrEmpty(fileName);
        EntryAssembly.SetExecutable(fileName);
    }

    internal static void Inherit(string name)
    {
        lock (s_gate)
        {
            s_default = Get(name);
        }
    }

    /// <summary>A worker that waits for its start message.</summary>
    /// <param name="environmentVariables">What differs from this process's.</param>
    /// <param name="outputs">Where it prints, if it is a new process; one that was standing by is told that in its message.</param>
    internal WorkerHandle Acquire(IReadOnlyDictionary<string, string?>? environmentVariables, SafeFileHandle[]? outputs = null) =>
        this == Warm && environmentVariables is not { Count: > 0 }
            ? Standby.Set.Take(outputs)
            : WorkerHandle.Launch(environmentVariables, outputs: outputs);

    /// <summary>Made by its first use: each new worker touches the class around it.</summary>
    private static class Standby
    {
        public static readonly StandbySet Set = new();
    }
}
