using System.Net;
using System.Net.Sockets;
using Cohort.Messaging;

namespace Cohort.Tests.Messaging;

public sealed class ConnectionAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1:80")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    public void A_number_and_a_port_are_an_IP_end_point(string text, string shown) =>
        Assert.Equal(shown, Assert.IsType<IPEndPoint>(ConnectionAddress.Parse(text)).ToString());

    [Fact]
    public void A_name_and_a_port_are_a_DNS_end_point()
    {
        DnsEndPoint address = Assert.IsType<DnsEndPoint>(ConnectionAddress.Parse("some.host:1234"));
        Assert.Equal(("some.host", 1234), (address.Host, address.Port));
    }

    [Theory]
    [InlineData("/tmp/socket", "/tmp/socket")]
    [InlineData("./localhost:80", "./localhost:80")]
    [InlineData("name", "name")]
    [InlineData("\0name", "@name")]
    [InlineData("\0name:80", "@name:80")]
    public void Anything_else_is_a_Unix_path(string text, string shown) =>
        Assert.Equal(shown, Assert.IsType<UnixDomainSocketEndPoint>(ConnectionAddress.Parse(text)).ToString());

    [Theory]
    [InlineData(@"\\.\pipe\name")]
    [InlineData(@"\\.\test")]
    public void A_pipe_of_Windows_is_refused(string text) =>
        Assert.Contains("named pipe of Windows", Assert.Throws<ArgumentException>(() => ConnectionAddress.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("host:")]
    [InlineData("host:x")]
    [InlineData("host:-1")]
    [InlineData("host:65536")]
    [InlineData(":80")]
    [InlineData("::1:80")]
    [InlineData("a:b:80")]
    public void What_is_no_address_is_refused(string text) => Assert.ThrowsAny<ArgumentException>(() => ConnectionAddress.Parse(text));

    [Fact]
    public void A_path_that_no_socket_can_have_is_refused()
    {
        Assert.Equal(107, ConnectionAddress.Parse("/" + new string('x', 106)).ToString()!.Length);
        Assert.Throws<ArgumentException>(() => ConnectionAddress.Parse("/" + new string('x', 120)));
        Assert.Throws<ArgumentNullException>(() => ConnectionAddress.Parse(null!));
    }
}
