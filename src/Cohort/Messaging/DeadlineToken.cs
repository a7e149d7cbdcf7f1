using Cohort.Utils;

namespace Cohort.Messaging;

/// <summary>A token for calls that know no deadline: it is cancelled when the deadline has passed, or by the caller's.</summary>
internal readonly struct DeadlineToken : IDisposable
{
    private readonly CancellationTokenSource? _source;

    public DeadlineToken(Deadline deadline, CancellationToken cancellationToken)
    {
        Token = cancellationToken;
        if (!deadline.IsInfinite)
        {
            // What is more than a timer takes (24 days) ends early, so whoever waits looks at the deadline again.
            _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            _source.CancelAfter(deadline.RemainingMilliseconds);
            Token = _source.Token;
        }
    }

    public CancellationToken Token { get; }

    public void Dispose() => _source?.Dispose();
}
