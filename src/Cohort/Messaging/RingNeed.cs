namespace Cohort.Messaging;

/// <summary>What a thread or task waits for at an end of a <see cref="RingTransport"/>.</summary>
internal enum RingNeed
{
    /// <summary>Room for the message, or for its next part.</summary>
    Room,

    /// <summary>The start of a message, for whoever has the receive lock.</summary>
    Message,

    /// <summary>The next part of a message, for whoever has the receive lock.</summary>
    Part,

    /// <summary>A message, for whoever only looks.</summary>
    Look,
}
