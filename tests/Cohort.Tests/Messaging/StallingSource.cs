using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

/// <summary>A message whose sender comes to a halt in the middle, and says so.</summary>
internal sealed class StallingSource(long length, long stallAt, Action onStall) : IRingSource
{
    public long Length => length;

    public void CopyTo(long offset, Span<byte> destination)
    {
        if (offset + destination.Length > stallAt)
        {
            onStall();
            Thread.Sleep(Timeout.Infinite);
        }

        destination.Clear();
    }
}
