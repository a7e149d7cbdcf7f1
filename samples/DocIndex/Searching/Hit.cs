namespace Cohort.Samples.DocIndex.Searching;

/// <summary>Something that has all the words of a query.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Score">How well it fits; larger is better.</param>
/// <param name="Files">How many files have it under this name.</param>
internal sealed record Hit(string Name, double Score, int Files);
