namespace Cohort.Samples.DocIndex.Indexing;

/// <summary>Where a word stands: it counts as a word only in prose, but is found everywhere.</summary>
internal enum WordKind
{
    /// <summary>The text of the documentation.</summary>
    Prose,

    /// <summary>A name that the text refers to.</summary>
    Reference,

    /// <summary>The member's own name.</summary>
    Name,
}
