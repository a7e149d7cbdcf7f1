using Cohort.Serializing;
using Cohort.Serializing.Python;
using Cohort.Serializing.Python.Conversion;

namespace Cohort.Messaging;

/// <summary>Objects of Python's basic types, by its pickles. One for each connection.</summary>
/// <remarks>
/// What is sent is of the protocol that every Python 3 reads, until the peer has shown itself to be a Python 2, which can
/// neither read that nor write any other than protocol 2.
/// </remarks>
internal sealed class PickleFormat : IObjectFormat
{
    private volatile int _protocol = PythonPickle.DefaultProtocol;

    public ConnectionFormat Kind => ConnectionFormat.Python;

    public IRingSource Encode(object? value, object mail) => new BytesSource(PythonPickle.Dumps(value, _protocol));

    public unsafe object? Decode<T>(IncomingMessage message)
    {
        if (message.Length > 0 && message.Data[0] == CodecFormat.Mark)
        {
            throw new PickleException(
                "The message is an object of Cohort's, not of Python's. Ask both ends for the same when the connection is made.");
        }

        int protocol = PythonPickle.ProtocolOf(message.Span);
        if (protocol >= PythonPickle.OldestProtocol)
        {
            _protocol = Math.Min(protocol, PythonPickle.DefaultProtocol);
        }

        return PythonValue.To<T>(PythonPickle.Loads(message.Span), isPython2: protocol <= PythonPickle.OldestProtocol);
    }
}
