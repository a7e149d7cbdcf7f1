namespace Cohort.Messaging;

/// <summary>How a <see cref="Connection"/> turns objects into messages.</summary>
internal interface IObjectFormat
{
    /// <summary>Which it is, for whoever makes another of it.</summary>
    ConnectionFormat Kind { get; }

    /// <summary>The message for an object, to be given to <see cref="Release"/> afterwards.</summary>
    /// <param name="value">The object.</param>
    /// <param name="mail">By what the message will go: see <see cref="ConnectionTransport.Mail"/>.</param>
    /// <exception cref="Serializing.PickleException">Something in it cannot travel.</exception>
    IRingSource Encode(object? value, object mail);

    /// <summary>The message was sent, or given up.</summary>
    void Release(IRingSource message, bool isSent)
    {
    }

    /// <summary>The object of a message.</summary>
    /// <typeparam name="T">
    /// What the receiver asks for. A format whose objects come without their types makes one of these; others give what was
    /// sent, and the connection looks whether it is one.
    /// </typeparam>
    /// <exception cref="InvalidCastException">No <typeparamref name="T"/> can be made of it.</exception>
    /// <exception cref="Serializing.PickleException">The bytes are no such message.</exception>
    object? Decode<T>(IncomingMessage message);
}
