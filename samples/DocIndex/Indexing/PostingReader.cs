namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>
/// Reads one word's postings: pairs of numbers, the distance from the member before and the weight in this member.
/// </summary>
internal ref struct PostingReader(ReadOnlySpan<byte> postings)
{
    private ReadOnlySpan<byte> _rest = postings;

    /// <summary>The member, as a row of the part.</summary>
    public int Member { get; private set; } = -1;

    public int Weight { get; private set; }

    public bool Read()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        Member += ReadNumber();
        Weight = ReadNumber();
        return true;
    }

    private int ReadNumber()
    {
        uint value = 0;
        int index = 0;
        byte part;
        do
        {
            part = _rest[index];
            value |= (uint)(part & 0x7F) << (7 * index);
            index++;
        }
        while ((part & 0x80) != 0);

        _rest = _rest[index..];
        return (int)value;
    }
}
