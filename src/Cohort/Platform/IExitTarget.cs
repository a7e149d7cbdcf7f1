using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>A process whose end <see cref="ExitWatch"/> waits for.</summary>
internal interface IExitTarget : IDescriptorTarget
{
    /// <summary>Stays open until <see cref="OnEnded"/> returns.</summary>
    SafeFileHandle PidFd { get; }

    SafeHandle IDescriptorTarget.Descriptor => PidFd;

    bool IDescriptorTarget.WantsData => true;

    void IDescriptorTarget.OnReady() => OnEnded();

    /// <summary>Called once, on the watch thread, when the process has ended.</summary>
    void OnEnded();
}
