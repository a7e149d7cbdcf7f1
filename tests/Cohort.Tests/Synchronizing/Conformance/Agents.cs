namespace Cohort.Tests.Synchronizing.Conformance;

/// <summary>The worker processes in which the conformance tests run their other side, the same for all of them.</summary>
public sealed class Agents : IAsyncDisposable
{
    public const string Name = "conformance";

    public const int Count = 3;

    public ProcessPool Pool { get; } = new(Count);

    public static TheoryData<Way> EachWay => [.. Enum.GetValues<Way>()];

    /// <summary>For objects that can have no name.</summary>
    public static TheoryData<Way> WithoutAName => [Way.Threads, Way.Workers];

    public ValueTask DisposeAsync() => Pool.DisposeAsync();
}
