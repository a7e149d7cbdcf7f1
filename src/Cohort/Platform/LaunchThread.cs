using System.Runtime.ExceptionServices;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>A thread that starts one child and ends, with settings of its own that the child inherits.</summary>
internal sealed class LaunchThread(SpawnPlan plan, Func<SpawnPlan, ChildProcess> spawn)
{
    private readonly ManualResetEventSlim _isReady = new();
    private readonly ManualResetEventSlim _isStarted = new();
    private LaunchGate? _gate;
    private ChildProcess? _child;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Starts the child and returns when it runs.</summary>
    public ChildProcess Run()
    {
        new Thread(Start) { IsBackground = true, Name = "Cohort launcher of one" }.Start();
        _isReady.Wait();
        IOException? limitFault = null;
        try
        {
            limitFault = _gate?.Serve(plan.Request.Limits!, () => _isStarted.IsSet);
        }
        finally
        {
            _isStarted.Wait();
            _gate?.Dispose();
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

    private void Start()
    {
        try
        {
            // A change of user makes the kernel treat the whole process as one that holds secrets: no core, no debugger.
            int dumpable = Libc.Prctl(Libc.PR_GET_DUMPABLE, 0);
            plan.Request.Settings?.Apply(plan.FileName);
            if (plan.Request.Settings is { UserId: not null } or { GroupId: not null })
            {
                Libc.Prctl(Libc.PR_SET_DUMPABLE, (nuint)dumpable);
            }

            if (plan.Request.Limits is not null)
            {
                plan.Gate = _gate = new LaunchGate();
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
