namespace Cohort.Serializing;

/// <summary>
/// Watches whether a key that is read for a hash table may be incomplete as yet, so that it will have another hash later:
/// whether it refers to objects from before the table, as one of them may be what the table is read for, or to anything
/// while there are tables that are filled on trust. Such keys are complete more often than not, and picklers and
/// callbacks use the table at once; so it is filled at once, and looked after when the whole value is there.
/// </summary>
internal ref struct KeyWatch(PickleReader reader, int first)
{
    private int _outer = reader.LowestReference;

    /// <summary>Whether what was read since the last <see cref="Start"/> may be incomplete.</summary>
    public readonly bool IsUnsure => reader.LowestReference <= first
        || (reader.LowestReference != int.MaxValue && reader.HasUnsureTables);

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
