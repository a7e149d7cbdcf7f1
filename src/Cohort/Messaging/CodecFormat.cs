using Cohort.Serializing;

namespace Cohort.Messaging;

/// <summary>Objects between processes of one program, by its own codec.</summary>
/// <remarks>
/// A message starts with <see cref="Mark"/> and the codec's version, which no pickle starts with; so each side can say what is
/// wrong when the two do not speak the same.
/// </remarks>
internal sealed class CodecFormat : IObjectFormat
{
    /// <summary>The first byte of a message. A pickle of protocol 2 or above starts with 0x80.</summary>
    public const byte Mark = 0xC0;

    /// <summary>Says nothing of its writer's type; a receiver checks the object's.</summary>
    private const int Prefix = Mark | (Pickle.FormatVersion << 8);

    [ThreadStatic]
    private static WriterSource? t_source;

    private CodecFormat()
    {
    }

    public static CodecFormat Instance { get; } = new();

    public IRingSource Encode(object? value)
    {
        // An asynchronous send may still be at the one before.
        WriterSource source = t_source ?? new WriterSource(new PickleWriter());
        t_source = null;
        source.Writer.Reset();
        source.Prefix = Prefix;
        Pickle.Write(source.Writer, value);
        return source;
    }

    public unsafe object? Decode<T>(IncomingMessage message)
    {
        if (message.Length < sizeof(int) || *(int*)message.Data != Prefix)
        {
            throw new PickleException(message.Length > 0 && message.Data[0] == 0x80
                ? "The message is a pickle of Python's. Ask for objects of Python's when the connection is made."
                : $"The message of {message.Length} bytes is no object of this version of Cohort.");
        }

        return Pickle.Loads<object?>(message.Span[sizeof(int)..]);
    }
}
