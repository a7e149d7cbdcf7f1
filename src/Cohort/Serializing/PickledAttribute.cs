namespace Cohort.Serializing;

/// <summary>
/// Marks where a function is handed over that runs in another process: it travels with what it captures, its arguments
/// travel to it and its result comes back.
/// </summary>
/// <remarks>
/// The analyzers of this package look at what is passed here. Put it on parameters of your own methods that hand their
/// function on to a pool or a worker; it changes nothing at run time.
/// </remarks>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public sealed class PickledAttribute : Attribute;
