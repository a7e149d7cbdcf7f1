namespace Cohort.Tests.Worker;

/// <summary>What the behaviour "describe" prints.</summary>
public sealed record Description(
    int ProcessId,
    int ParentId,
    int GroupId,
    int SessionId,
    string WorkingDirectory,
    string[] Arguments,
    Dictionary<string, string> Environment,
    int[] InheritableDescriptors);
