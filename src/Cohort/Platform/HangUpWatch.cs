namespace Cohort.Platform;

/// <summary>One thread that sees the other sides of connections go, and descriptors become readable.</summary>
internal static class HangUpWatch
{
    private static readonly Lock s_gate = new();
    private static DescriptorWatch? s_instance;

    /// <exception cref="IOException">No descriptor is left for the watch itself.</exception>
    public static DescriptorWatch Instance => DescriptorWatch.Ensure(ref s_instance, s_gate, "Cohort hang-up watch");
}
