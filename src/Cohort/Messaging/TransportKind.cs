namespace Cohort.Messaging;

/// <summary>What a message says of the transport of a connection that it carries.</summary>
internal enum TransportKind
{
    None = 0,
    Ring = 1,
    Socket = 2,
}
