using System.Diagnostics;

namespace Cohort.Pools.Observing;

/// <summary>What is counted of one worker. Belongs to the gate of its pool's engine.</summary>
internal sealed class WorkerLedger(int id, string name, int processId, long launched)
{
    private long _ready;
    private TimeSpan _initializerTime;

    public int Id => id;

    public string Name => name;

    public int ProcessId => processId;

    public long Launched => launched;

    /// <summary>In units of 100 ns.</summary>
    public long WorkTicks { get; set; }

    public long Done { get; set; }

    public long Failed { get; set; }

    public void NoteReady(TimeSpan initializerTime)
    {
        _ready = Stopwatch.GetTimestamp();
        _initializerTime = initializerTime;
    }

    public PoolWorkerStatistics ToStatistics(bool isBusy)
    {
        long now = Stopwatch.GetTimestamp();
        TimeSpan work = TimeSpan.FromTicks(WorkTicks);
        TimeSpan lived = _ready == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_ready, now);
        return new PoolWorkerStatistics
        {
            Id = id,
            Name = name,
            ProcessId = processId,
            State = _ready == 0 ? PoolWorkerState.Starting : isBusy ? PoolWorkerState.Busy : PoolWorkerState.Idle,
            StartTime = Stopwatch.GetElapsedTime(launched, _ready == 0 ? now : _ready),
            InitializerTime = _initializerTime,
            WaitingTime = lived > work ? lived - work : TimeSpan.Zero,
            WorkTime = work,
            TasksDone = Done,
            TasksFailed = Failed,
        };
    }
}
