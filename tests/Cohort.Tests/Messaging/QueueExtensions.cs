using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

internal static class QueueExtensions
{
    /// <summary>What is in the queue now.</summary>
    public static IEnumerable<T> GetAllNow<T>(this QueueBase<T> queue)
    {
        while (queue.TryGet(out T? item))
        {
            yield return item;
        }
    }
}
