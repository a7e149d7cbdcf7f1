using System.Runtime.InteropServices;

namespace Cohort.Platform;

/// <summary>A descriptor that a <see cref="DescriptorWatch"/> looks at.</summary>
internal interface IDescriptorTarget
{
    /// <summary>Stays open until <see cref="OnReady"/> returns.</summary>
    SafeHandle Descriptor { get; }

    /// <summary>Whether data counts, or only the end of the other side.</summary>
    bool WantsData { get; }

    /// <summary>Whether room to write counts.</summary>
    bool WantsRoom => false;

    /// <summary>Called once, on the watch thread. Must be short.</summary>
    void OnReady();
}
