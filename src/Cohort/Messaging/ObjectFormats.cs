namespace Cohort.Messaging;

/// <summary>What encodes the objects of a <see cref="ConnectionFormat"/>.</summary>
internal static class ObjectFormats
{
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    /// <exception cref="NotSupportedException">Objects cannot be sent in that format.</exception>
    public static IObjectFormat Create(ConnectionFormat format) => format switch
    {
        ConnectionFormat.Cohort => CodecFormat.Instance,
        ConnectionFormat.Python => throw new NotSupportedException("Objects cannot be sent as Python's pickles; bytes can, in the other format."),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format."),
    };
}
