using System.Runtime.InteropServices;

namespace Cohort.Platform;

/// <summary>A wait for one descriptor by the watch thread, which takes no thread of its own.</summary>
internal sealed class Readiness : IDescriptorTarget
{
    private readonly TaskCompletionSource _told = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Readiness(SafeHandle descriptor, bool forWriting)
    {
        Descriptor = descriptor;
        WantsRoom = forWriting;
    }

    public SafeHandle Descriptor { get; }

    public bool WantsData => !WantsRoom;

    public bool WantsRoom { get; }

    /// <summary>Completes when there is something to read (or room to write), or the other side is gone.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="IOException">The descriptor cannot be waited for.</exception>
    public static async Task WaitAsync(SafeHandle descriptor, bool forWriting, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Readiness wait = new(descriptor, forWriting);
        DescriptorWatch watch = HangUpWatch.Instance;
        long key = watch.Add(wait);
        try
        {
            await wait._told.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!watch.Remove(key))
        {
            // The watch thread has it in hand: a new wait for the same descriptor has to come after that.
            await wait._told.Task.ConfigureAwait(false);
            throw;
        }
    }

    public void OnReady() => _told.TrySetResult();
}
