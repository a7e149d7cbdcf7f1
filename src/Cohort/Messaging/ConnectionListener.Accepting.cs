using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Cohort.Utils;

namespace Cohort.Messaging;

// Overview
//
// Constraints: a client that connects and says nothing must not keep others out. A caller that gives up, by a timeout or a
// cancellation, must lose no connection. A handshake that fails must be seen, as in Python, where accept throws; but one
// failure must not end more than one accept. Out of descriptors, accepting fails and works again later.
//
// Scheme: callers wait for outcomes, which are connections or faults. While there are more callers than outcomes, one loop takes
// connections from the system, and lets each go through its handshake aside; what comes of that is an outcome, which stays until
// a caller takes it. The loop ends when nobody waits (its last accept may still be pending; what it gets is kept), when accepting
// fails, or when there are MaxHandshakes on their way; and each caller that comes, or takes an outcome, and each handshake that
// ends starts it again if it is wanted.

public sealed partial class ConnectionListener
{
    /// <summary>How many clients may be in their handshake. More wait in the system's backlog, at most for the handshake's time.</summary>
    internal const int MaxHandshakes = 128;

    private readonly Lock _gate = new();
    private readonly Queue<Outcome> _outcomes = [];

    /// <summary>One for each outcome; and one more when this is closed, which each who gets it passes on.</summary>
    private readonly SemaphoreSlim _ready = new(0);
    private readonly CancellationTokenSource _closing = new();
    private int _callers;
    private int _handshakes;
    private bool _isAccepting;
    private volatile bool _isClosed;

    /// <summary>Blocks for the next client.</summary>
    /// <param name="timeout">How long to wait at most; null waits without end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ConnectionAuthenticationException">
    /// A client failed in its handshake: it has another key or none, was too slow, or went. The next can be accepted.
    /// </exception>
    /// <exception cref="IOException">The system gives no connection, for instance as no descriptor is left. It can be tried again.</exception>
    /// <exception cref="TimeoutException">Nobody came in time.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. A client that is in its handshake goes to the next accept.</exception>
    /// <exception cref="ObjectDisposedException">The listener is closed, maybe during the wait.</exception>
    public Connection Accept(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        TryAccept(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken) ?? throw TimedOut(timeout);

    /// <summary>Waits for the next client, without blocking a thread.</summary>
    /// <inheritdoc cref="Accept"/>
    public async ValueTask<Connection> AcceptAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        await TryAcceptAsync(timeout ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false) ?? throw TimedOut(timeout);

    /// <summary>Accepts the next client, if there is one or comes in time.</summary>
    /// <param name="timeout">How long to wait at most; zero, the default, does not wait, not even for a handshake.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The connection; null when nobody came in time.</returns>
    /// <inheritdoc cref="Accept" path="//exception[not(@cref='T:System.TimeoutException')]"/>
    public Connection? TryAccept(TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        Take(isAsync: false, Deadline.In(timeout), cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="TryAccept"/>
    public ValueTask<Connection?> TryAcceptAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        Take(isAsync: true, Deadline.In(timeout), cancellationToken);

    private TimeoutException TimedOut(TimeSpan? timeout) => new($"{this}: nobody connected within {timeout}.");

    private async ValueTask<Connection?> Take(bool isAsync, Deadline deadline, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _callers++;
        }

        Outcome? outcome = null;
        try
        {
            StartAccepting();
            if (await _ready.Enter(isAsync, deadline, cancellationToken).ConfigureAwait(false))
            {
                outcome = TakeOutcome();
            }
        }
        finally
        {
            lock (_gate)
            {
                _callers--;
            }

            StartAccepting();
        }

        ObjectDisposedException.ThrowIf(outcome is null && _isClosed, this);
        if (outcome?.Fault is { } fault)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        return outcome?.Connection;
    }

    private Outcome TakeOutcome()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                _ready.Release();
                throw new ObjectDisposedException(ToString());
            }

            Outcome outcome = _outcomes.Dequeue();
            LastAccepted = outcome.Connection is null ? LastAccepted : outcome.Peer;
            return outcome;
        }
    }

    private void StartAccepting()
    {
        lock (_gate)
        {
            if (_isAccepting || !IsAcceptingWanted)
            {
                return;
            }

            _isAccepting = true;
        }

        _ = AcceptWhileWanted();
    }

    private bool IsAcceptingWanted => !_isClosed && _callers > _outcomes.Count && _handshakes < MaxHandshakes;

    /// <summary>Runs on the thread of who starts it until there is something to wait for.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A fault is an outcome, for whoever accepts.")]
    private async Task AcceptWhileWanted()
    {
        Exception? failure = null;
        while (failure is null)
        {
            try
            {
                Socket client = await _socket.AcceptAsync().ConfigureAwait(false);
                lock (_gate)
                {
                    _handshakes++;
                }

                _ = FinishHandshake(client);
            }
            catch (SocketException gone) when (gone.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset)
            {
                // It went before it was taken.
            }
            catch (Exception fault)
            {
                failure = fault is SocketException cause ? SocketFaults.Describe(cause, $"{this} cannot accept a connection") : fault;
            }

            lock (_gate)
            {
                if (failure is not null || !IsAcceptingWanted)
                {
                    _isAccepting = false;
                    break;
                }
            }
        }

        if (failure is not null)
        {
            Put(new Outcome(null, null, failure));
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A fault is an outcome, for whoever accepts.")]
    private async Task FinishHandshake(Socket client)
    {
        Outcome outcome;
        try
        {
            EndPoint? peer = client.RemoteEndPoint;
            string name = peer is null or UnixDomainSocketEndPoint ? $"a client of {Address}" : $"the client {peer}";
            outcome = new Outcome(peer, await _setup.Run(isAsync: true, client, name, _closing.Token).ConfigureAwait(false), null);
        }
        catch (Exception fault)
        {
            client.Dispose();
            outcome = new Outcome(null, null, fault is SocketException cause ? SocketFaults.Describe(cause, $"{this} lost a connection") : fault);
        }

        lock (_gate)
        {
            _handshakes--;
        }

        Put(outcome);
        StartAccepting();
    }

    private void Put(Outcome outcome)
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                _outcomes.Enqueue(outcome);
                _ready.Release();
                return;
            }
        }

        outcome.Connection?.Dispose();
    }

    /// <summary>False when it was done before.</summary>
    private bool EndAccepting()
    {
        Outcome[] untaken;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _isClosed = true;
            untaken = [.. _outcomes];
            _outcomes.Clear();
            _ready.Release();
        }

        _closing.Cancel();
        foreach (Outcome outcome in untaken)
        {
            outcome.Connection?.Dispose();
        }

        return true;
    }

    private sealed record Outcome(EndPoint? Peer, Connection? Connection, Exception? Fault);
}
