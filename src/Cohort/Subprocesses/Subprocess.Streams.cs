using System.Diagnostics.CodeAnalysis;
using Cohort.Subprocesses;
using Microsoft.Win32.SafeHandles;

namespace Cohort;

public sealed partial class Subprocess
{
    private SubprocessStream? _standardInput;
    private SubprocessStream? _standardOutput;
    private SubprocessStream? _standardError;
    private StreamWriter? _inputWriter;
    private StreamReader? _outputReader;
    private StreamReader? _errorReader;

    /// <summary>What the command reads; close it to let the command see the end.</summary>
    /// <exception cref="InvalidOperationException">The command was not started with <see cref="Redirect.Pipe"/> as input.</exception>
    public SubprocessStream StandardInput => _standardInput ??= new SubprocessStream(PipeOf(_streams.InputEnd, "StandardInput"), writes: true);

    /// <summary>What the command writes.</summary>
    /// <exception cref="InvalidOperationException">The command was not started with <see cref="Redirect.Pipe"/> as output.</exception>
    public SubprocessStream StandardOutput => _standardOutput ??= new SubprocessStream(PipeOf(_streams.OutputEnd, "StandardOutput"), writes: false);

    /// <summary>What the command writes as errors.</summary>
    /// <exception cref="InvalidOperationException">The command was not started with <see cref="Redirect.Pipe"/> for errors.</exception>
    public SubprocessStream StandardError => _standardError ??= new SubprocessStream(PipeOf(_streams.ErrorEnd, "StandardError"), writes: false);

    /// <summary>Text into <see cref="StandardInput"/>, handed on with every write.</summary>
    /// <inheritdoc cref="StandardInput" path="/exception"/>
    public TextWriter InputWriter => _inputWriter ??= new StreamWriter(StandardInput, new EncodingWithoutMark(_options.Encoding)) { AutoFlush = true, NewLine = "\n" };

    /// <summary>Text out of <see cref="StandardOutput"/>. It reads ahead: take either the one or the other.</summary>
    /// <inheritdoc cref="StandardOutput" path="/exception"/>
    public TextReader OutputReader => _outputReader ??= NewReader(StandardOutput);

    /// <summary>Text out of <see cref="StandardError"/>. It reads ahead: take either the one or the other.</summary>
    /// <inheritdoc cref="StandardError" path="/exception"/>
    public TextReader ErrorReader => _errorReader ??= NewReader(StandardError);

    internal bool HasInputPipe => _streams.InputEnd is not null;

    /// <summary>Wakes whoever waits at one of them, which the descriptor's end alone would not.</summary>
    private void CloseStreams()
    {
        _standardInput?.Dispose();
        _standardOutput?.Dispose();
        _standardError?.Dispose();
    }

    private StreamReader NewReader(SubprocessStream stream) =>
        new(stream, _options.Encoding, detectEncodingFromByteOrderMarks: false, _options.BufferSize);

    [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "Its message is about this command.")]
    private SafeFileHandle PipeOf(SafeFileHandle? end, string name) => end ?? throw new InvalidOperationException(
        $"{name} of `{CommandText.Describe(Arguments)}` is no pipe: start it with {name} = Redirect.Pipe.");
}
