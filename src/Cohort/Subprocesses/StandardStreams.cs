using System.Runtime.InteropServices;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

/// <summary>
/// The three streams of one command: what the child gets, and the ends that stay here, as bare pipes or with the pumps that
/// serve them.
/// </summary>
internal sealed class StandardStreams : IDisposable
{
    private readonly SubprocessOptions _options;
    private readonly List<SafeHandle> _onlyForChild = [];
    private readonly List<LaunchDescriptor> _descriptors = new(3);
    private readonly List<DescriptorSink> _files = [];
    private readonly OpenedFiles _opened;
    private readonly bool _ownsOpened;

    /// <param name="options">Validated.</param>
    /// <param name="files">Those that are shared with other commands; null when there are none.</param>
    /// <exception cref="IOException">A file cannot be opened, or no descriptor is left.</exception>
    public StandardStreams(SubprocessOptions options, OpenedFiles? files = null)
    {
        _options = options;
        _opened = files ?? new OpenedFiles();
        _ownsOpened = files is null;
        try
        {
            AddInput(options.StandardInput);
            (OutputEnd, OutputPump, OutputCapture) = AddOutput(options.StandardOutput, 1, null);
            (ErrorEnd, ErrorPump, ErrorCapture) = options.StandardError is StandardOutputRedirect
                ? AddErrorAsOutput()
                : AddOutput(options.StandardError, 2, options.StandardOutput);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<LaunchDescriptor> Descriptors => _descriptors;

    /// <summary>With <see cref="Redirect.Pipe"/>; nobody serves it yet.</summary>
    public SafeFileHandle? InputEnd { get; private set; }

    public InputPump? InputPump { get; private set; }

    /// <inheritdoc cref="InputEnd"/>
    public SafeFileHandle? OutputEnd { get; }

    public OutputPump? OutputPump { get; }

    /// <summary>What a pump captures, as one of its targets.</summary>
    public CaptureSink? OutputCapture { get; }

    /// <inheritdoc cref="InputEnd"/>
    public SafeFileHandle? ErrorEnd { get; }

    public OutputPump? ErrorPump { get; }

    /// <inheritdoc cref="OutputCapture"/>
    public CaptureSink? ErrorCapture { get; }

    public bool HasPumps => InputPump is not null || OutputPump is not null || ErrorPump is not null;

    public CaptureSink NewCapture() => new(_options.CaptureLimit, _options.CaptureOverflow);

    /// <summary>Once the child has its own.</summary>
    public void CloseChildEnds()
    {
        if (_ownsOpened)
        {
            _opened.Dispose();
        }

        _onlyForChild.ForEach(static handle => handle.Dispose());
        _onlyForChild.Clear();
    }

    public void Dispose()
    {
        CloseChildEnds();
        InputEnd?.Dispose();
        InputPump?.Dispose();
        OutputEnd?.Dispose();
        OutputPump?.Dispose();
        ErrorEnd?.Dispose();
        ErrorPump?.Dispose();
        OutputCapture?.Clear();
        ErrorCapture?.Clear();
        _files.ForEach(static file => file.Complete());
    }

    private void AddInput(Redirect redirect)
    {
        if (TryAddDirect(redirect, 0))
        {
            return;
        }

        SafeFileHandle end = AddPipe(0, weRead: false);
        (ReadOnlyMemory<byte> content, Stream? source) = redirect switch
        {
            TextRedirect text => (text.Encode(_options.Encoding), null),
            BytesRedirect bytes => (bytes.Content, null),
            FromStreamRedirect stream => (default, stream.Source),
            _ => (default(ReadOnlyMemory<byte>), (Stream?)null),
        };
        if (redirect is PipeRedirect)
        {
            InputEnd = end;
        }
        else
        {
            InputPump = new InputPump(end, content, source, _options.BufferSize);
        }
    }

    private (SafeFileHandle? End, OutputPump? Pump, CaptureSink? Capture) AddOutput(Redirect redirect, int target, Redirect? other)
    {
        if (other is FileRedirect && ReferenceEquals(redirect, other))
        {
            // One open file for both, so that neither writes over the other.
            return AddErrorAsOutput();
        }

        if (TryAddDirect(redirect, target))
        {
            return default;
        }

        SafeFileHandle end = AddPipe(target, weRead: true);
        if (redirect is PipeRedirect)
        {
            return (end, null, null);
        }

        CaptureSink? capture = null;
        try
        {
            OutputSink sink = SinkOf(redirect, target, ref capture);
            return (null, new OutputPump(end, sink, _options.BufferSize), capture);
        }
        catch
        {
            end.Dispose();
            throw;
        }
    }

    private (SafeFileHandle? End, OutputPump? Pump, CaptureSink? Capture) AddErrorAsOutput()
    {
        LaunchDescriptor? output = _descriptors.Find(static descriptor => descriptor.Target == 1);
        if (output is null)
        {
            // Both are this process's; then the child's 2 is to be what our 1 is.
            SafeFileHandle own = Platform.Descriptors.DuplicateNumber(1);
            _onlyForChild.Add(own);
            _descriptors.Add(LaunchDescriptor.FromHandle(own, 2));
        }
        else
        {
            _descriptors.Add(output.At(2));
        }

        return default;
    }

    private OutputSink SinkOf(Redirect redirect, int target, ref CaptureSink? capture)
    {
        switch (redirect)
        {
            case PipeRedirect:
                return capture ??= NewCapture();
            case ToStreamRedirect stream:
                return new StreamSink(stream.Target, stream.Gate);
            case ToLinesRedirect lines:
                return new LineSink(_options.Encoding, lines.Receive);
            case HandleRedirect handle:
                return new DescriptorSink(handle.Target, isOwned: false);
            case InheritRedirect:
                return new DescriptorSink(new SafeFileHandle(target, ownsHandle: false), isOwned: false);
            case FileRedirect file:
                DescriptorSink sink = new(_opened.Open(file), isOwned: true);
                _files.Add(sink);
                return sink;
            case TeeRedirect tee:
                List<OutputSink> sinks = [];
                foreach (Redirect one in tee.Targets)
                {
                    sinks.Add(SinkOf(one, target, ref capture));
                }

                return new TeeSink([.. sinks]);
            default:
                throw new ArgumentException($"{redirect} cannot be used for the output of a command.");
        }
    }

    private bool TryAddDirect(Redirect redirect, int target)
    {
        switch (redirect)
        {
            case InheritRedirect when _options.ControllingTerminal is not null:
                _descriptors.Add(LaunchDescriptor.FromFile(_options.ControllingTerminal, Interop.Libc.O_RDWR, target));
                return true;
            case InheritRedirect when _options.Detached || !OpenDescriptors.IsInheritable(target):
                // With one of the three closed, the next file that the command opens would take its place.
                _descriptors.Add(LaunchDescriptor.Null(target));
                return true;
            case InheritRedirect:
                return true;
            case FileRedirect file:
                SafeFileHandle opened = _opened.Open(file);
                _onlyForChild.Add(opened);
                _descriptors.Add(LaunchDescriptor.FromHandle(opened, target));
                return true;
            case HandleRedirect handle:
                // The end of another command's pipe, for one, which does not block here.
                SafeFileHandle? blocking = Pipes.TryOpenBlocking(handle.Target);
                if (blocking is not null)
                {
                    _onlyForChild.Add(blocking);
                }

                _descriptors.Add(LaunchDescriptor.FromHandle(blocking ?? handle.Target, target));
                return true;
            default:
                return false;
        }
    }

    private SafeFileHandle AddPipe(int target, bool weRead)
    {
        (SafeFileHandle read, SafeFileHandle write) = Pipes.Create(_options.PipeSize);
        (SafeFileHandle ours, SafeFileHandle childs) = weRead ? (read, write) : (write, read);
        _onlyForChild.Add(childs);
        try
        {
            Pipes.SetNonBlocking(ours);
        }
        catch
        {
            ours.Dispose();
            throw;
        }

        _descriptors.Add(LaunchDescriptor.FromHandle(childs, target));
        return ours;
    }
}
