using System.Diagnostics;
using Cohort.Platform;
using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort;

/// <summary>A process that runs a function of this program (Python: <c>multiprocessing.Process</c>).</summary>
/// <remarks>
/// <para>
/// The worker is this same program, started again; <c>Main</c> does not run in it, module initializers do. Functions are
/// static methods, lambdas, closures (whose captured variables travel by value) and methods of objects that can travel;
/// a subclass overrides <see cref="Run"/> instead, and travels with its fields.
/// </para>
/// <para>
/// A worker whose function throws prints the exception to its standard error and exits with 1. Workers die with their
/// parent, however it ends. A worker runs in a session and process group of its own, without a terminal, so
/// <see cref="Kill"/> takes along what it started. Members may be called from any thread.
/// </para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public partial class WorkerProcess : IDisposable, IAsyncDisposable
{
    private static WorkerProcess? s_current;

    /// <summary>All that belongs to this process only and does not travel with a subclass.</summary>
    [NonSerialized]
    private WorkerProcessState _state;

    /// <summary>A worker that will run <paramref name="target"/>; nothing starts before <see cref="Start()"/>.</summary>
    /// <param name="target">What to run.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentNullException">There is no <paramref name="target"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One of the limits in the options is out of its range.</exception>
    /// <exception cref="ArgumentException">The limits name no CPU, or a soft limit above the hard one.</exception>
    public WorkerProcess([Pickled] Action target, WorkerOptions? options = null)
        : this(new ActionTarget(NotNull(target)), options)
    {
    }

    /// <summary>A worker that will run <paramref name="target"/> to its asynchronous end.</summary>
    /// <param name="target">What to run.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="WorkerProcess(Action, WorkerOptions)" path="/exception"/>
    public WorkerProcess([Pickled] Func<Task> target, WorkerOptions? options = null)
        : this(new AsyncTarget(NotNull(target)), options)
    {
    }

    /// <summary>For subclasses, which override <see cref="Run"/>.</summary>
    /// <param name="options">How it is started; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of the limits in the options is out of its range.</exception>
    /// <exception cref="ArgumentException">The limits name no CPU, or a soft limit above the hard one.</exception>
    protected WorkerProcess(WorkerOptions? options = null)
        : this((WorkerTarget?)null, options)
    {
    }

    internal WorkerProcess(WorkerTarget? target, WorkerOptions? options = null)
        : this(new WorkerProcessState(target, options))
    {
    }

    internal WorkerProcess(WorkerProcessState state) => _state = state;

    /// <summary>The process that this code runs in.</summary>
    public static WorkerProcess Current => LazyInitializer.EnsureInitialized(ref s_current, static () => new WorkerProcess(WorkerProcessState.Self(null)));

    /// <summary>The process that started this one as a worker; null in the main process.</summary>
    public static ParentProcess? Parent => CurrentProcess.Parent;

    /// <summary>Whether this process is a worker.</summary>
    public static bool IsWorker => CurrentProcess.Parent is not null;

    /// <summary>How many CPUs this process may use: those it is bound to, fewer if its cgroup has a quota. At least 1.</summary>
    public static int CpuCount => CpuQuota.AvailableCpus();

    internal WorkerTarget? Target => _state.Target;

    internal WorkerHandle Handle => _state.StartedHandle;

    /// <summary>
    /// Does the worker's work and never returns if this process is a worker; else returns at once. Needed, as the first
    /// statement of <c>Main</c>, only in programs whose startup hooks are off (Python: <c>freeze_support</c>).
    /// </summary>
    public static void RunIfWorker()
    {
        WorkerEntry.WasAsked = true;
        WorkerEntry.RunIfWorker();
    }

    /// <summary>The workers that this process started as <see cref="WorkerProcess"/> and that have not ended.</summary>
    public static IReadOnlyList<WorkerProcess> ActiveChildren() => ChildProcesses.Snapshot();

    /// <summary>What the worker does, in its own process. A subclass overrides it; the default runs the target.</summary>
    protected virtual void Run() => _state.Target?.Invoke();

    /// <inheritdoc/>
    public override string ToString()
    {
        WorkerProcessState state = _state;
        string status = state.Describe();
        return $"{GetType().Name} '{Name}' ({status})";
    }

    /// <summary>In the worker: this object is the current process from now on.</summary>
    internal void RunAsSelf()
    {
        _state = WorkerProcessState.Self(_state?.Target);
        s_current = this;
        Run();
    }

    /// <summary>After a rehearsal: what was the current process was not it.</summary>
    internal static void ForgetCurrent() => s_current = null;

    private static T NotNull<T>(T target)
        where T : Delegate
    {
        ArgumentNullException.ThrowIfNull(target);
        return target;
    }

    [System.Runtime.Serialization.OnSerializing]
    private void RefuseToTravel(System.Runtime.Serialization.StreamingContext context)
    {
        if (!_state.IsBeingSent)
        {
            throw new PickleException(
                $"{GetType().Name} '{Name}' cannot cross processes: a worker belongs to the process that starts it.");
        }
    }
}
