namespace Cohort.Platform;

/// <summary>One thread that sees processes end: each pidfd becomes readable when its process dies.</summary>
/// <remarks>
/// Nothing here waits for "any child": the runtime ends the whole program when somebody reaps a child that belongs to
/// System.Diagnostics.Process.
/// </remarks>
internal static class ExitWatch
{
    private static readonly Lock s_gate = new();
    private static DescriptorWatch? s_instance;

    /// <exception cref="IOException">No descriptor is left for the watch itself.</exception>
    public static DescriptorWatch Instance => DescriptorWatch.Ensure(ref s_instance, s_gate, "Cohort exit watch");
}
