using System.Text;
using Cohort.Utils;

namespace Cohort.Subprocesses;

/// <summary>How an <see cref="Expect"/> reads and writes.</summary>
public sealed record ExpectOptions
{
    /// <summary>The default of <see cref="Timeout"/>: 30 seconds.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    internal static readonly ExpectOptions Default = new();

    /// <summary>How long a wait takes at most when it does not say so itself.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>How text that goes in and out is encoded. A character may come in parts.</summary>
    /// <value>The default is UTF-8, which replaces what cannot be decoded by U+FFFD.</value>
    public Encoding Encoding { get; init; } = SubprocessOptions.DefaultEncoding;

    /// <summary>What ends a line that is sent.</summary>
    /// <value>The default is LF, which a terminal takes for the Enter key.</value>
    public string NewLine { get; init; } = "\n";

    /// <summary>How many characters that nothing has matched are kept. When more come, the oldest are dropped.</summary>
    /// <value>The default is null: all.</value>
    public int? BufferLimit { get; init; }

    /// <summary>
    /// How many characters before those that are new a regular expression sees. Without, it sees all that is kept, so that a
    /// match may begin anywhere, which costs time when there is much. Texts need no window.
    /// </summary>
    /// <value>The default is null: all.</value>
    public int? SearchWindow { get; init; }

    /// <summary>How long each send waits before it sends, for programs that drop what is typed too early.</summary>
    /// <value>The default is zero.</value>
    public TimeSpan DelayBeforeSend { get; init; }

    /// <summary>Called with what is read, as it comes.</summary>
    public Action<string>? OnRead { get; init; }

    /// <summary>Called with what is sent, but for passwords.</summary>
    public Action<string>? OnSent { get; init; }

    /// <summary>Gets what is read and what is sent, but for passwords. It stays the caller's.</summary>
    public TextWriter? Log { get; init; }

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal ExpectOptions Validated()
    {
        ArgumentNullException.ThrowIfNull(Encoding);
        ArgumentNullException.ThrowIfNull(NewLine);
        Deadline.In(Timeout);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BufferLimit ?? 1, nameof(BufferLimit));
        ArgumentOutOfRangeException.ThrowIfNegative(SearchWindow ?? 0, nameof(SearchWindow));
        ArgumentOutOfRangeException.ThrowIfLessThan(DelayBeforeSend, TimeSpan.Zero);
        return this;
    }
}
