namespace Cohort.Tests.Packaging;

/// <summary>The tests that share one packed library.</summary>
[CollectionDefinition(Name)]
public sealed class PackedLibraryCollection : ICollectionFixture<PackedLibrary>
{
    public const string Name = "Packed library";
}
