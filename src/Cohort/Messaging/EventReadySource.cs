namespace Cohort.Messaging;

/// <summary>An event that stays set. One that looking would reset could not be reported truly.</summary>
internal sealed class EventReadySource(ManualResetEvent set) : ReadySource
{
    private RegisteredWaitHandle? _registration;
    private volatile bool _hasFired;

    public override bool IsReady() => set.WaitOne(0);

    public override void Watch(ReadySet readySet)
    {
        if (_registration is null || _hasFired)
        {
            _registration?.Unregister(null);
            _hasFired = false;
            _registration = ThreadPool.RegisterWaitForSingleObject(
                set,
                (_, _) =>
                {
                    _hasFired = true;
                    readySet.Poke();
                },
                null,
                Timeout.Infinite,
                executeOnlyOnce: true);
        }
    }

    public override void Dispose() => _registration?.Unregister(null);
}
