using Cohort.Messaging;
using Cohort.Serializing;
using Cohort.Serializing.Python;

namespace Cohort.Tests.Messaging;

public sealed class PickleFormatTests : IDisposable
{
    private readonly LoopTransport _transport;
    private readonly LoopTransport _peerTransport;
    private readonly Connection _connection;
    private readonly Connection _peer;

    public PickleFormatTests()
    {
        (_transport, _peerTransport) = LoopTransport.NewPair();
        _connection = new Connection(_transport, new PickleFormat());
        _peer = new Connection(_peerTransport, new PickleFormat());
    }

    public void Dispose()
    {
        _connection.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task An_object_is_received_as_the_type_that_is_asked_for()
    {
        _peer.Send(new List<long> { 1, 2 });
        _peer.Send((1, "a"));
        _peer.Send(new Dictionary<string, object> { ["a"] = 1, ["b"] = 2.5 });
        _peer.Send(7);
        _peer.Send((1, "a"));

        Assert.Equal([1, 2], _connection.Receive<int[]>());
        Assert.Equal((1, "a"), _connection.Receive<(int, string)>());
        Assert.Equal(new Dictionary<string, double> { ["a"] = 1, ["b"] = 2.5 }, _connection.Receive<Dictionary<string, double>>());
        Assert.Equal(7L, await _connection.ReceiveAsync<long>(null, TestContext.Current.CancellationToken));
        Assert.Equal(new PythonTuple(1, "a"), _connection.Receive<object>());
    }

    [Fact]
    public void An_object_of_another_type_is_taken_and_the_next_can_be_received()
    {
        _peer.Send("text");
        _peer.Send<object?>(null);
        _peer.SendBytes("no pickle"u8.ToArray());
        _peer.Send(1);

        Assert.Contains("a str came where a int", Assert.Throws<InvalidCastException>(() => _connection.Receive<int>()).Message, StringComparison.Ordinal);
        Assert.Contains("None came where a int", Assert.Throws<InvalidCastException>(() => _connection.Receive<int>()).Message, StringComparison.Ordinal);
        Assert.Contains("no Python pickle", Assert.Throws<PickleException>(() => _connection.Receive<int>()).Message, StringComparison.Ordinal);
        Assert.Equal(1, _connection.Receive<int>());
    }

    [Fact]
    public void The_protocol_follows_the_peer()
    {
        Assert.Equal(3, ProtocolOfNext());
        SendFromPeer(0x80, 2, (byte)'N', (byte)'.');
        Assert.Equal(2, ProtocolOfNext());
        SendFromPeer((byte)'N', (byte)'.');
        Assert.Equal(2, ProtocolOfNext());
        SendFromPeer(0x80, 4, (byte)'N', (byte)'.');
        Assert.Equal(3, ProtocolOfNext());

        // Even one that cannot be read says which Python it is from.
        _peer.SendBytes(new byte[] { 0x80, 2, (byte)'c', (byte)'a', (byte)'\n', (byte)'b', (byte)'\n', (byte)'.' });
        Assert.Throws<PickleException>(() => _connection.Receive<object?>());
        Assert.Equal(2, ProtocolOfNext());
    }

    [Fact]
    public void Bytes_of_Python_2_that_are_ASCII_are_bytes_where_they_are_asked_for()
    {
        _peer.SendBytes(new byte[] { 0x80, 2, (byte)'U', 2, (byte)'a', (byte)'b', (byte)'.' });
        _peer.SendBytes(new byte[] { 0x80, 3, (byte)'X', 1, 0, 0, 0, (byte)'a', (byte)'.' });

        Assert.Equal("ab"u8.ToArray(), _connection.Receive<byte[]>());
        Assert.Throws<InvalidCastException>(() => _connection.Receive<byte[]>());
    }

    [Fact]
    public void Each_format_names_the_other()
    {
        using Connection ours = new(_peerTransport, CodecFormat.Instance);
        ours.Send("x");
        Assert.Contains("an object of Cohort's, not of Python's", Assert.Throws<PickleException>(() => _connection.Receive<string>()).Message, StringComparison.Ordinal);

        _connection.Send("x");
        Assert.Contains("a pickle of Python's", Assert.Throws<PickleException>(() => ours.Receive<string>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_sent_sends_nothing()
    {
        PickleException refusal = Assert.Throws<PickleException>(() => _connection.Send(new object[] { 1, Guid.Empty }));

        Assert.Equal("value[1]", refusal.Path);
        Assert.Empty(_transport.LastSent);
        Assert.False(_peer.Poll());
    }

    private void SendFromPeer(params byte[] message)
    {
        _peer.SendBytes(message);
        Assert.Null(_connection.Receive<object?>());
    }

    private int ProtocolOfNext()
    {
        _connection.Send(1);
        return PythonPickle.ProtocolOf(_transport.LastSent);
    }
}
