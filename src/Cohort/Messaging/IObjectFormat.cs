namespace Cohort.Messaging;

/// <summary>How a <see cref="Connection"/> turns objects into messages.</summary>
internal interface IObjectFormat
{
    /// <summary>The message for an object, to be given to <see cref="Release"/> afterwards.</summary>
    /// <exception cref="Serializing.PickleException">Something in it cannot travel.</exception>
    IRingSource Encode(object? value);

    /// <summary>The message was sent, or given up.</summary>
    void Release(IRingSource message, bool isSent)
    {
    }

    /// <summary>The object of a message.</summary>
    /// <exception cref="Serializing.PickleException">The bytes are no such message.</exception>
    object? Decode(IncomingMessage message);
}
