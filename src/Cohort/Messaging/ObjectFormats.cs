namespace Cohort.Messaging;

/// <summary>What encodes the objects of a <see cref="ConnectionFormat"/>.</summary>
internal static class ObjectFormats
{
    /// <summary>One for a connection of its own: it may follow what the peer speaks.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public static IObjectFormat Create(ConnectionFormat format) => format switch
    {
        ConnectionFormat.Cohort => CodecFormat.Instance,
        ConnectionFormat.Python => new PickleFormat(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format."),
    };
}
