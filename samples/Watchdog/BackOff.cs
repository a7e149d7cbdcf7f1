namespace Cohort.Samples.Watchdog;

/// <summary>How long to wait before the next start: twice as long each time, from the start again after a long run.</summary>
internal sealed class BackOff(TimeSpan first, TimeSpan longest)
{
    private TimeSpan? _last;

    public TimeSpan After(TimeSpan run)
    {
        TimeSpan pause = _last is TimeSpan last && run < longest ? last * 2 : first;
        _last = pause < longest ? pause : longest;
        return _last.Value;
    }
}
