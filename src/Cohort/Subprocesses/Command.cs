using System.Runtime.CompilerServices;

namespace Cohort.Subprocesses;

/// <summary>A command that can be run any number of times: its words and how it is run. Commands make a pipeline by <c>|</c>.</summary>
/// <remarks>
/// A text, or a list of words, is one where one is expected, as in <c>new Command("ls") | "sort" | ["head", "-3"]</c>. A text
/// is the name of a program, whole: nothing splits it. <see cref="Shlex.Split"/> does that where it is asked for.
/// </remarks>
[CollectionBuilder(typeof(Command), nameof(FromWords))]
public sealed class Command
{
    private readonly string[] _words;

    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments, as they are: no shell reads them.</param>
    public Command(string program, params ReadOnlySpan<string> arguments)
        : this([program, .. arguments], SubprocessOptions.Default)
    {
    }

    /// <param name="words">The program and its arguments, as they are: no shell reads them.</param>
    /// <param name="options">How it is run; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no program.</exception>
    public Command(IReadOnlyList<string> words, SubprocessOptions? options = null)
        : this([.. words ?? throw new ArgumentNullException(nameof(words))], options ?? SubprocessOptions.Default)
    {
    }

    private Command(string[] words, SubprocessOptions options)
    {
        if (words.Length == 0)
        {
            throw new ArgumentException("A command needs a program.", nameof(words));
        }

        foreach (string word in words)
        {
            ArgumentNullException.ThrowIfNull(word, nameof(words));
        }

        _words = words;
        Options = options;
    }

    /// <summary>The program and its arguments.</summary>
    public IReadOnlyList<string> Arguments => _words;

    /// <summary>How it is run.</summary>
    public SubprocessOptions Options { get; }

    /// <summary>The command that is only the name of a program.</summary>
    /// <param name="program">The program.</param>
    public static implicit operator Command(string program) => FromString(program);

    /// <summary>What the first writes, the second reads.</summary>
    /// <inheritdoc cref="PipeTo(Command)" path="/exception"/>
    public static Pipeline operator |(Command first, Command second) => new Pipeline(first).PipeTo(second);

    /// <inheritdoc cref="op_Implicit(string)"/>
    public static Command FromString(string program) => new(program);

    /// <summary>The command of these words, the program first.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <exception cref="ArgumentException">There is no program.</exception>
    public static Command FromWords(ReadOnlySpan<string> words) => new(words.ToArray(), SubprocessOptions.Default);

    /// <inheritdoc cref="Subprocess.Shell"/>
    public static Command Shell(string script, params ReadOnlySpan<string> arguments) => new(Subprocess.Shell(script, arguments));

    /// <summary>The same words, run in another way.</summary>
    /// <param name="options">How.</param>
    public Command With(SubprocessOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Command(_words, options);
    }

    /// <summary>The pipeline of this and another.</summary>
    /// <param name="next">What reads the output of this.</param>
    /// <exception cref="ArgumentException">The output of this, or the input of the other, is redirected.</exception>
    public Pipeline PipeTo(Command next) => this | next;

    /// <inheritdoc cref="Subprocess.Run"/>
    public CompletedSubprocess Run(TimeSpan? timeout = null) => Subprocess.Run(_words, Options, timeout);

    /// <inheritdoc cref="Subprocess.RunAsync"/>
    public Task<CompletedSubprocess> RunAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Subprocess.RunAsync(_words, Options, timeout, cancellationToken);

    /// <inheritdoc cref="Subprocess.Start(IReadOnlyList{string}, SubprocessOptions?)"/>
    public Subprocess Start() => Subprocess.Start(_words, Options);

    /// <summary>The words, one after the other.</summary>
    public IEnumerator<string> GetEnumerator() => Arguments.GetEnumerator();

    /// <summary>The words, in quotes where a shell would need them.</summary>
    public override string ToString() => Shlex.Join(_words);
}
