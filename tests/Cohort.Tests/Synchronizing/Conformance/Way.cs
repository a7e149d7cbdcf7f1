namespace Cohort.Tests.Synchronizing.Conformance;

/// <summary>How two agents have the same shared object.</summary>
public enum Way
{
    /// <summary>Threads of this process use one object.</summary>
    Threads,

    /// <summary>It has no name and went to a worker process as an argument.</summary>
    Workers,

    /// <summary>This process has opened its name twice.</summary>
    Named,

    /// <summary>A worker process has opened its name.</summary>
    NamedWorkers,
}
