namespace Cohort.Sharing;

/// <summary>A word of an object in shared memory: the family whose processes have it (see <see cref="DeathBell"/>), 0 if they are of several.</summary>
internal readonly unsafe struct FamilyMark(byte* address)
{
    private readonly ulong* _word = (ulong*)address;

    /// <summary>Whether all processes that have ever taken the object up tell each other of their ends.</summary>
    public bool IsOfOurs => Volatile.Read(ref *_word) is not 0 and ulong family && family == DeathBell.Family;

    /// <summary>For the process that makes the object.</summary>
    public void Set() => *_word = DeathBell.Family;

    /// <summary>For one that takes it up.</summary>
    public void Join()
    {
        if (!IsOfOurs)
        {
            Volatile.Write(ref *_word, 0);
        }
    }
}
