using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>Tells a transport that nobody holds the other end any more. It does not keep the transport from being collected.</summary>
internal sealed class HangUpTarget(SafeHandle lifeline, RingTransport transport) : IDescriptorTarget
{
    private readonly WeakReference<RingTransport> _transport = new(transport);

    public SafeHandle Descriptor => lifeline;

    public bool WantsData => false;

    public void OnReady()
    {
        if (_transport.TryGetTarget(out RingTransport? target))
        {
            target.EndPeer();
        }
    }
}
