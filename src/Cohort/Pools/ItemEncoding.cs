using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>Items of a map or a stream on their way to a worker.</summary>
internal static class ItemEncoding
{
    private const string Root = "item";

    /// <param name="writer">Gets them, without their number.</param>
    /// <param name="items">The items.</param>
    /// <param name="first">The first one's place in the input.</param>
    /// <exception cref="PickleException">One of them cannot travel; the path starts with its place, as in <c>items[7]._stream</c>.</exception>
    public static void Write<T>(PickleWriter writer, ReadOnlySpan<T> items, long first)
    {
        if (RawSpans<T>.IsRaw)
        {
            Pickle.WriteSpan(writer, items);
            return;
        }

        writer.RootName = Root;
        int at = 0;
        try
        {
            for (; at < items.Length; at++)
            {
                Pickle.Write(writer, items[at]);
            }
        }
        catch (PickleException refusal) when (refusal.Path is { } path && path.StartsWith(Root, StringComparison.Ordinal))
        {
            throw new PickleException($"items[{first + at}]{path[Root.Length..]}", refusal.Reason, refusal.InnerException);
        }
    }
}
