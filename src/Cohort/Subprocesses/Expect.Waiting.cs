using Cohort.Utils;

namespace Cohort.Subprocesses;

public sealed partial class Expect
{
    /// <summary>Blocks until one of the patterns has come, for as long as <see cref="ExpectOptions.Timeout"/> says.</summary>
    /// <param name="patterns">
    /// Texts, regular expressions, <see cref="EndOfOutput"/>, <see cref="TimedOut"/>. The match that begins first counts; of
    /// two that begin at one place, the one that is named first.
    /// </param>
    /// <returns>What came. It and all before it is taken; what is behind stays for the next wait.</returns>
    /// <exception cref="ExpectTimeoutException">None came in time, and <see cref="TimedOut"/> is none of them.</exception>
    /// <exception cref="ExpectEndedException">The output has ended, and <see cref="EndOfOutput"/> is none of them.</exception>
    /// <exception cref="ArgumentException">There is no pattern, or one is null.</exception>
    /// <exception cref="InvalidOperationException">Another call waits already.</exception>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">A regular expression took too long.</exception>
    /// <exception cref="IOException">The output cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">This or the terminal is disposed.</exception>
    public ExpectMatch WaitFor(params ReadOnlySpan<ExpectPattern> patterns) => WaitFor(patterns.ToArray(), _options.Timeout);

    /// <inheritdoc cref="WaitFor(ReadOnlySpan{ExpectPattern})"/>
    /// <param name="timeout">How long at most.</param>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    public ExpectMatch WaitFor(IReadOnlyList<ExpectPattern> patterns, TimeSpan timeout) =>
        TryWaitFor(patterns, timeout) ?? throw NewTimeout(patterns, timeout);

    /// <inheritdoc cref="WaitFor(IReadOnlyList{ExpectPattern}, TimeSpan)"/>
    /// <returns>What came; null when none came in time.</returns>
    public ExpectMatch? TryWaitFor(IReadOnlyList<ExpectPattern> patterns, TimeSpan timeout)
    {
        Deadline deadline = Deadline.In(timeout);
        ExpectPattern[] checkedPatterns = Checked(patterns);
        BeginWait();
        try
        {
            return EnterRead(deadline)
                ? ReadUntil(checkedPatterns, deadline)
                : TimeoutMatch(checkedPatterns);
        }
        finally
        {
            EndWait();
        }
    }

    /// <summary>Waits until one of the patterns has come, for as long as <see cref="ExpectOptions.Timeout"/> says.</summary>
    /// <inheritdoc cref="WaitFor(ReadOnlySpan{ExpectPattern})"/>
    public Task<ExpectMatch> WaitForAsync(params ReadOnlySpan<ExpectPattern> patterns) => WaitForAsync(patterns.ToArray(), null, CancellationToken.None);

    /// <summary>Waits until one of the patterns has come.</summary>
    /// <param name="timeout">How long at most; null for <see cref="ExpectOptions.Timeout"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <inheritdoc cref="WaitFor(IReadOnlyList{ExpectPattern}, TimeSpan)"/>
    public async Task<ExpectMatch> WaitForAsync(
        IReadOnlyList<ExpectPattern> patterns, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        TimeSpan longest = timeout ?? _options.Timeout;
        return await TryWaitForAsync(patterns, longest, cancellationToken).ConfigureAwait(false) ?? throw NewTimeout(patterns, longest);
    }

    /// <inheritdoc cref="WaitForAsync(IReadOnlyList{ExpectPattern}, TimeSpan?, CancellationToken)"/>
    /// <returns>What came; null when none came in time.</returns>
    public async Task<ExpectMatch?> TryWaitForAsync(
        IReadOnlyList<ExpectPattern> patterns, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        Deadline deadline = Deadline.In(timeout);
        ExpectPattern[] checkedPatterns = Checked(patterns);
        BeginWait();
        try
        {
            return await EnterReadAsync(deadline, cancellationToken).ConfigureAwait(false)
                ? await ReadUntilAsync(checkedPatterns, deadline, cancellationToken).ConfigureAwait(false)
                : TimeoutMatch(checkedPatterns);
        }
        finally
        {
            EndWait();
        }
    }

    private static ExpectPattern[] Checked(IReadOnlyList<ExpectPattern> patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        if (patterns.Count == 0)
        {
            throw new ArgumentException("There is nothing to wait for.", nameof(patterns));
        }

        foreach (ExpectPattern pattern in patterns)
        {
            ArgumentNullException.ThrowIfNull(pattern, nameof(patterns));
        }

        return [.. patterns];
    }

    private void BeginWait()
    {
        EnsureNotDisposed();
        if (Interlocked.Exchange(ref _isWaiting, true))
        {
            throw new InvalidOperationException("Another call waits for output already: one at a time can.");
        }
    }

    private void EndWait() => Volatile.Write(ref _isWaiting, false);

    /// <summary>A send that reads meanwhile may be under way.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed meanwhile.</exception>
    private bool EnterRead(Deadline deadline) => deadline.Enter(_readGate) && StaysEntered();

    /// <inheritdoc cref="EnterRead"/>
    private async Task<bool> EnterReadAsync(Deadline deadline, CancellationToken cancellationToken) =>
        await deadline.EnterAsync(_readGate, cancellationToken).ConfigureAwait(false) && StaysEntered();

    private bool StaysEntered()
    {
        if (_isDisposed)
        {
            _readGate.Release();
            EnsureNotDisposed();
        }

        return true;
    }

    private ExpectMatch? ReadUntil(ExpectPattern[] patterns, Deadline deadline)
    {
        try
        {
            ExpectSearch search = new(patterns, _options.SearchWindow);
            ExpectMatch? match;
            bool isTimeUp = false;
            while (!Look(search, patterns, isTimeUp, out match))
            {
                search.IsHurried = !_source.Fill(search.NextLook(deadline));
                isTimeUp = deadline.HasPassed;
            }

            return match;
        }
        finally
        {
            _readGate.Release();
        }
    }

    private async Task<ExpectMatch?> ReadUntilAsync(ExpectPattern[] patterns, Deadline deadline, CancellationToken cancellationToken)
    {
        try
        {
            ExpectSearch search = new(patterns, _options.SearchWindow);
            ExpectMatch? match;
            bool isTimeUp = false;
            while (!Look(search, patterns, isTimeUp, out match))
            {
                search.IsHurried = !await _source.FillAsync(search.NextLook(deadline), cancellationToken).ConfigureAwait(false);
                isTimeUp = deadline.HasPassed;
            }

            return match;
        }
        finally
        {
            _readGate.Release();
        }
    }

    /// <summary>False when the wait goes on; true with null when the time is over.</summary>
    private bool Look(ExpectSearch search, ExpectPattern[] patterns, bool isTimeUp, out ExpectMatch? match)
    {
        match = null;
        if (search.Find(_buffer, isTimeUp || IsEnded) is { } found)
        {
            match = NewMatch(found.Index, patterns, found.Place, found.Place + found.Length, found.Match);
            return true;
        }

        if (IsEnded)
        {
            int end = Array.IndexOf(patterns, EndOfOutput);
            match = end >= 0 ? NewMatch(end, patterns, _buffer.End, _buffer.End, null) : throw new ExpectEndedException(patterns, _name, Buffer);
            return true;
        }

        match = isTimeUp ? TimeoutMatch(patterns) : null;
        return isTimeUp;
    }

    private ExpectMatch? TimeoutMatch(ExpectPattern[] patterns)
    {
        int time = Array.IndexOf(patterns, TimedOut);
        return time < 0 ? null : new ExpectMatch(time, patterns[time], Buffer, "") { IsBeforeTruncated = _buffer.IsTruncated };
    }

    private ExpectMatch NewMatch(
        int index, ExpectPattern[] patterns, long place, long end, System.Text.RegularExpressions.Match? match)
    {
        bool isTruncated = _buffer.IsTruncated;
        string after = _buffer.From(place)[..(int)(end - place)].ToString();
        return new ExpectMatch(index, patterns[index], _buffer.Take(place, end), after) { Match = match, IsBeforeTruncated = isTruncated };
    }

    private ExpectTimeoutException NewTimeout(IReadOnlyList<ExpectPattern> patterns, TimeSpan timeout) =>
        new(patterns, timeout, _name, Buffer);
}
