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

    /// <summary>The most writers that wait for use, besides one for each thread.</summary>
    private const int MaxSpare = 32;

    private static readonly Lock s_gate = new();
    private static readonly Stack<WriterSource> s_spare = [];

    [ThreadStatic]
    private static WriterSource? t_source;

    private CodecFormat()
    {
    }

    public static CodecFormat Instance { get; } = new();

    public ConnectionFormat Kind => ConnectionFormat.Cohort;

    public IRingSource Encode(object? value, object mail)
    {
        WriterSource source = Take();
        try
        {
            source.Prefix = Prefix;
            source.Writer.Context = mail;
            Pickle.Write(source.Writer, value);
            return source;
        }
        catch
        {
            Release(source, isSent: false);
            throw;
        }
    }

    public void Release(IRingSource message, bool isSent)
    {
        WriterSource source = (WriterSource)message;
        if (!isSent)
        {
            source.Writer.Undo();
        }

        // It refers to what it wrote.
        source.Writer.Reset();
        source.Writer.Context = null;
        if (t_source is null)
        {
            t_source = source;
            return;
        }

        // An asynchronous send may end on any thread: it is for the one that sent, which has none now.
        lock (s_gate)
        {
            if (s_spare.Count < MaxSpare)
            {
                s_spare.Push(source);
            }
        }
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

    private static WriterSource Take()
    {
        if (t_source is { } own)
        {
            // A pickler may send while this is in use.
            t_source = null;
            return own;
        }

        lock (s_gate)
        {
            return s_spare.TryPop(out WriterSource? spare) ? spare : new WriterSource(new PickleWriter());
        }
    }
}
