using Cohort.Serializing;

namespace Cohort.Workers;

/// <summary>An exception on its way between processes: as itself where it can be rebuilt, and always as text.</summary>
internal static class RemoteFault
{
    public static void Write(PickleWriter writer, Exception exception)
    {
        writer.WriteString(exception.GetType().FullName);
        writer.WriteString(MessageOf(exception));
        writer.WriteString(TextOf(exception));
        byte[]? pickled = TryPickle(exception);
        writer.WriteBoolean(pickled is not null);
        if (pickled is not null)
        {
            writer.WriteBytes(pickled);
        }
    }

    /// <summary>The exception with the remote stack, ready to be thrown.</summary>
    public static Exception Read(PickleReader reader)
    {
        string type = reader.ReadString() ?? "";
        string message = reader.ReadString() ?? "";
        string text = reader.ReadString() ?? "";
        if (!reader.ReadBoolean())
        {
            return new RemoteTaskException(type, message, text);
        }

        try
        {
            return Pickle.Loads<Exception>(reader.ReadBytesInPlace());
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Code of the exception's own may run while it is rebuilt, so anything can be thrown; the text still tells.
            return new RemoteTaskException(type, message, text);
        }
    }

    private static byte[]? TryPickle(Exception exception)
    {
        try
        {
            return Pickle.Dumps(exception);
        }
        catch (Exception refused) when (refused is not OutOfMemoryException)
        {
            // It holds something that cannot travel, or its own code failed: it goes as text.
            return null;
        }
    }

    private static string? MessageOf(Exception exception)
    {
        try
        {
            return exception.Message;
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            return $"(a message that failed itself: {broken.GetType().FullName})";
        }
    }

    private static string TextOf(Exception exception)
    {
        try
        {
            return exception.ToString();
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            return $"{exception.GetType().FullName} (whose text failed: {broken.GetType().FullName}){Environment.NewLine}{exception.StackTrace}";
        }
    }
}
