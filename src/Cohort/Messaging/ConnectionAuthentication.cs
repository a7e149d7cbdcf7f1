using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>
/// How two ends of a connection prove to each other that they have the same key, without showing it. Listeners and clients do
/// this by themselves; it is here for connections that are made in another way, such as by <see cref="Connection.FromSocket"/>.
/// </summary>
/// <remarks>
/// Each side challenges the other once: one delivers first and answers then, the other answers first. The messages are those
/// of Python: it answers the challenges of every version since 2.6, and every version answers its own. Nothing that comes is
/// decoded, and nothing longer than 256 bytes is read.
/// </remarks>
public static class ConnectionAuthentication
{
    /// <summary>Has the peer prove that it has the key (Python: <c>deliver_challenge</c>).</summary>
    /// <param name="connection">The connection. It is of no use any more when this fails.</param>
    /// <param name="key">The key; it may be empty.</param>
    /// <param name="digest">How it is to be proved: <c>sha256</c>, <c>sha384</c>, <c>sha3_256</c>, <c>sha3_384</c> or <c>md5</c>.</param>
    /// <param name="timeout">How long to wait for the answer at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ConnectionAuthenticationException">The peer does not have the key, or does not answer as it has to.</exception>
    /// <exception cref="ArgumentException">There is no such digest.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is negative and not infinite.</exception>
    /// <exception cref="TimeoutException">There was no answer in time.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="IOException">The peer is gone.</exception>
    /// <exception cref="ObjectDisposedException">The connection is closed, maybe during the wait.</exception>
    public static void DeliverChallenge(
        Connection connection, ReadOnlyMemory<byte> key, string digest = KeyedDigest.Default,
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Deliver(isAsync: false, connection, key, digest, timeout, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Has the peer prove that it has the key, without blocking a thread.</summary>
    /// <inheritdoc cref="DeliverChallenge"/>
    public static ValueTask DeliverChallengeAsync(
        Connection connection, ReadOnlyMemory<byte> key, string digest = KeyedDigest.Default,
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Deliver(isAsync: true, connection, key, digest, timeout, cancellationToken);

    /// <summary>Proves to the peer that this side has the key (Python: <c>answer_challenge</c>).</summary>
    /// <param name="connection">The connection. It is of no use any more when this fails.</param>
    /// <param name="key">The key; it may be empty.</param>
    /// <param name="timeout">How long to wait for the challenge, and for the verdict, at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ConnectionAuthenticationException">The peer has another key, or does not ask as it has to.</exception>
    /// <inheritdoc cref="DeliverChallenge" path="//exception[@cref='T:System.TimeoutException' or @cref='T:System.OperationCanceledException' or @cref='T:System.IO.IOException' or @cref='T:System.ObjectDisposedException']"/>
    public static void AnswerChallenge(
        Connection connection, ReadOnlyMemory<byte> key, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Answer(isAsync: false, connection, key, timeout, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Proves to the peer that this side has the key, without blocking a thread.</summary>
    /// <inheritdoc cref="AnswerChallenge"/>
    public static ValueTask AnswerChallengeAsync(
        Connection connection, ReadOnlyMemory<byte> key, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Answer(isAsync: true, connection, key, timeout, cancellationToken);

    internal static async ValueTask Deliver(
        bool isAsync, Connection connection, ReadOnlyMemory<byte> key, string digest, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!KeyedDigest.IsKnown(digest))
        {
            throw new ArgumentException($"There is no digest '{digest}'.", nameof(digest));
        }

        Deadline deadline = Deadline.In(timeout ?? Timeout.InfiniteTimeSpan);
        string peer = connection.Transport.Peer;
        byte[] challenge = KeyProof.NewChallenge(digest);
        await Send(isAsync, connection, challenge, deadline, cancellationToken).ConfigureAwait(false);
        byte[] response = await Receive(isAsync, connection, deadline, cancellationToken).ConfigureAwait(false);
        if (KeyProof.IsRight(response, key.Span, challenge))
        {
            await Send(isAsync, connection, KeyProof.Welcome.ToArray(), deadline, cancellationToken).ConfigureAwait(false);
            return;
        }

        try
        {
            await Send(isAsync, connection, KeyProof.Failure.ToArray(), deadline, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It did not wait for the verdict.
        }

        throw new ConnectionAuthenticationException(
            $"{peer} did not prove that it has the key. Probable causes: it has another key, or none.");
    }

    internal static async ValueTask Answer(
        bool isAsync, Connection connection, ReadOnlyMemory<byte> key, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Deadline deadline = Deadline.In(timeout ?? Timeout.InfiniteTimeSpan);
        string peer = connection.Transport.Peer;
        byte[] challenge = await Receive(isAsync, connection, deadline, cancellationToken).ConfigureAwait(false);
        await Send(isAsync, connection, KeyProof.Answer(challenge, key.Span, peer), deadline, cancellationToken).ConfigureAwait(false);
        byte[] verdict = await Receive(isAsync, connection, deadline, cancellationToken).ConfigureAwait(false);
        if (!verdict.AsSpan().SequenceEqual(KeyProof.Welcome))
        {
            throw new ConnectionAuthenticationException(verdict.AsSpan().SequenceEqual(KeyProof.Failure)
                ? $"{peer} refused the proof of the key. Probable cause: it has another key."
                : $"{peer} was to say whether the proof of the key is right, and sent {KeyProof.Show(verdict)}.");
        }
    }

    private static async ValueTask Send(
        bool isAsync, Connection connection, byte[] message, Deadline deadline, CancellationToken cancellationToken)
    {
        if (isAsync)
        {
            await connection.SendBytesAsync(message, deadline.Remaining, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            connection.SendBytes(message, deadline.Remaining, cancellationToken);
        }
    }

    private static async ValueTask<byte[]> Receive(
        bool isAsync, Connection connection, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            return isAsync
                ? await connection.ReceiveBytesAsync(KeyProof.MaxLength, deadline.Remaining, cancellationToken).ConfigureAwait(false)
                : connection.ReceiveBytes(KeyProof.MaxLength, deadline.Remaining, cancellationToken);
        }
        catch (MessageTooLongException tooLong)
        {
            throw new ConnectionAuthenticationException(
                $"{connection.Transport.Peer} sent a message of {tooLong.Length} bytes where the key was to be proved. Probable cause: it was given no key.",
                tooLong);
        }
    }
}
