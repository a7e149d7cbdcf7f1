namespace Cohort.Samples.DocIndex.Merging;

/// <summary>How much of the documentation a type is.</summary>
/// <param name="Name">The type's full name.</param>
/// <param name="Assembly">The file that documents it, without folder and extension.</param>
/// <param name="Members">Its documented members, itself among them.</param>
/// <param name="Words">The words of prose in them.</param>
/// <param name="Files">How many files hold this documentation: packs repeat what they are built on.</param>
internal sealed record TypeSize(string Name, string Assembly, int Members, long Words, int Files);
