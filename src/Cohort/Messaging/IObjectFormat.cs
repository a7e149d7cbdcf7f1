namespace Cohort.Messaging;

/// <summary>How a <see cref="Connection"/> turns objects into messages.</summary>
internal interface IObjectFormat
{
    /// <summary>The message for an object. It is used up before the next is asked for by the same thread.</summary>
    /// <exception cref="Serializing.PickleException">Something in it cannot travel.</exception>
    IRingSource Encode(object? value);

    /// <summary>The object of a message.</summary>
    /// <exception cref="Serializing.PickleException">The bytes are no such message.</exception>
    object? Decode(IncomingMessage message);
}
