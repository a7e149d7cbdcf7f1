namespace Cohort.Serializing;

/// <summary>
/// Watches whether the keys that are read for a hash table or tree refer to objects from before the table. Such an
/// object may be incomplete as yet, as it may be what the table is read for; then the table is filled only when the
/// whole value is there.
/// </summary>
internal readonly ref struct KeyWatch
{
    private readonly PickleReader _reader;
    private readonly int _outer;
    private readonly int _first;

    public KeyWatch(PickleReader reader, int first)
    {
        _reader = reader;
        _outer = reader.LowestReference;
        _first = first;
        reader.LowestReference = int.MaxValue;
    }

    public bool SawOlder => _reader.LowestReference <= _first;

    public void End() => _reader.LowestReference = Math.Min(_outer, _reader.LowestReference);
}
