namespace Cohort.Tests.Synchronizing.Conformance;

[CollectionDefinition(Agents.Name)]
public sealed class AgentsCollection : ICollectionFixture<Agents>;
