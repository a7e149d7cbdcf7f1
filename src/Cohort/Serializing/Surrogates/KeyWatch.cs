namespace Cohort.Serializing;

/// <summary>
/// Watches whether a key that is read for a hash table refers to objects from before the table. Such an object may be
/// incomplete as yet, as it may be what the table is read for; then the table is filled only when the whole value is
/// there.
/// </summary>
internal ref struct KeyWatch(PickleReader reader, int first)
{
    private int _outer = reader.LowestReference;

    /// <summary>Whether something older was referred to since the last <see cref="Start"/>.</summary>
    public readonly bool SawOlder => reader.LowestReference <= first;

    /// <summary>Forgets what was referred to so far, but for watches further out.</summary>
    public void Start()
    {
        End();
        reader.LowestReference = int.MaxValue;
    }

    public void End()
    {
        _outer = Math.Min(_outer, reader.LowestReference);
        reader.LowestReference = _outer;
    }
}
