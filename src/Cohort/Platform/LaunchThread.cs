using System.Runtime.ExceptionServices;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>A thread that starts one child and ends, with settings of its own that the child inherits.</summary>
internal sealed class LaunchThread(SpawnPlan plan, Func<SpawnPlan, ChildProcess> spawn)
{
    private static readonly Lock s_userChange = new();

    private readonly ManualResetEventSlim _isReady = new();
    private readonly ManualResetEventSlim _isStarted = new();
    private LaunchGate? _gate;
    private ChildProcess? _child;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Starts the child and returns when it runs.</summary>
    public ChildProcess Run()
    {
        Threads.Start(new Thread(Start) { IsBackground = true, Name = "Cohort launcher of one" });
        _isReady.Wait();
        IOException? limitFault = null;
        try
        {
            limitFault = _gate is null ? null : SetLimits(_gate);
        }
        finally
        {
            _isStarted.Wait();
            _gate?.Dispose();
        }

        if (_gate is { HasServed: false } && _child is not null)
        {
            limitFault ??= new IOException($"'{plan.FileName}' was started before its limits could be set");
        }

        if (limitFault is not null && _child is not null)
        {
            _child.Signal(Signal.SIGKILL);
            _child.Wait(Timeout.Infinite);
            _child.Dispose();
            throw limitFault;
        }

        _fault?.Throw();
        return _child!;
    }

    /// <summary>Only the same user, or one with CAP_SYS_RESOURCE, may set a process's limits: so as the child's user.</summary>
    private IOException? SetLimits(LaunchGate gate)
    {
        if (!ChangesUser(plan.Request.Settings))
        {
            return Serve(gate);
        }

        IOException? fault = null;
        Thread thread = new(() =>
        {
            try
            {
                Apply(plan.Request.Settings);
            }
            catch (IOException e)
            {
                // The limits tell whether it was needed.
                fault = e;
            }

            fault = Serve(gate) ?? fault;
        })
        { IsBackground = true, Name = "Cohort limits of one" };
        try
        {
            Threads.Start(thread);
        }
        catch (IOException)
        {
            // The child waits already. So by this thread; the limits tell whether it may.
            return Serve(gate);
        }

        thread.Join();
        return fault;
    }

    private IOException? Serve(LaunchGate gate) => gate.Serve(plan.Request.Limits!, () => _isStarted.IsSet);

    private static bool ChangesUser(LaunchSettings? settings) => settings is { UserId: not null } or { GroupId: not null };

    private void Apply(LaunchSettings? settings)
    {
        if (!ChangesUser(settings))
        {
            settings?.Apply(plan.FileName);
            return;
        }

        // A change of user makes the kernel treat the whole process as one that holds secrets: no core, no debugger. One change
        // at a time, or the second would take the state of the first for what is to be put back.
        lock (s_userChange)
        {
            int dumpable = Libc.Prctl(Libc.PR_GET_DUMPABLE, 0);
            try
            {
                settings!.Apply(plan.FileName);
            }
            finally
            {
                Libc.Prctl(Libc.PR_SET_DUMPABLE, (nuint)dumpable);
            }
        }
    }

    private void Start()
    {
        try
        {
            Apply(plan.Request.Settings);
            if (plan.Request.Limits is not null)
            {
                plan.Gate = _gate = new LaunchGate(plan.FirstAboveTargets);
            }

            _isReady.Set();
            _child = spawn(plan);
        }
        catch (Exception e)
        {
            _fault = ExceptionDispatchInfo.Capture(e);
        }

        _isReady.Set();
        _isStarted.Set();

        // The kernel counts the end of this thread as the death of the parent.
        if (plan.Request.KeepsLaunchThread)
        {
            _child?.Exit.Wait();
        }
    }
}
