using System.Runtime.InteropServices;
using System.Text;
using Cohort.Interop;
using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Subprocesses;

internal sealed class InheritRedirect : Redirect
{
    public override string ToString() => "Redirect.Inherit";
}

internal sealed class PipeRedirect : Redirect
{
    public override string ToString() => "Redirect.Pipe";
}

internal sealed class StandardOutputRedirect : Redirect
{
    public override string ToString() => "Redirect.StandardOutput";

    internal override void EnsureFitsInput(string parameterName) => throw Misfit("input", parameterName);
}

internal sealed class HandleRedirect(SafeHandle handle) : Redirect
{
    public SafeHandle Target => handle;

    public override string ToString() => "Redirect.Handle(…)";
}

/// <summary>A redirect of input that this process feeds.</summary>
internal abstract class SourceRedirect : Redirect
{
    internal override void EnsureFitsOutput(string parameterName) => throw Misfit("output", parameterName);
}

internal sealed class TextRedirect(string text, Encoding? encoding) : SourceRedirect
{
    public byte[] Encode(Encoding fallback) => (encoding ?? fallback).GetBytes(text);

    public override string ToString() => "Redirect.Text(…)";
}

internal sealed class BytesRedirect(ReadOnlyMemory<byte> bytes) : SourceRedirect
{
    public ReadOnlyMemory<byte> Content => bytes;

    public override string ToString() => "Redirect.Bytes(…)";
}

internal sealed class FromStreamRedirect(Stream stream) : SourceRedirect
{
    public Stream Source => stream;

    internal override bool NeedsAsync => true;

    public override string ToString() => $"Redirect.FromStream({stream})";
}

/// <summary>A redirect of output that this process reads and hands on.</summary>
internal abstract class SinkRedirect : Redirect
{
    internal override void EnsureFitsInput(string parameterName) => throw Misfit("input", parameterName);
}

internal sealed class ToStreamRedirect(Stream stream) : SinkRedirect
{
    public Stream Target => stream;

    /// <summary>Held while something is written, which two outputs or commands may want at once.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    internal override bool NeedsAsync => true;

    public override string ToString() => $"Redirect.ToStream({stream})";
}

internal sealed class ToLinesRedirect(Action<string> action) : SinkRedirect
{
    private readonly Lock _gate = new();

    /// <summary>One line at a time, though two outputs or commands may have some at once.</summary>
    public void Receive(string line)
    {
        lock (_gate)
        {
            action(line);
        }
    }

    public override string ToString() => "Redirect.ToLines(…)";
}

internal sealed class TeeRedirect(Redirect[] targets) : SinkRedirect
{
    public IReadOnlyList<Redirect> Targets => targets;

    /// <remarks>What this process writes to by a descriptor may be a pipe that nobody empties.</remarks>
    internal override bool NeedsAsync => Array.Exists(targets, static target => target.NeedsAsync || target is InheritRedirect or HandleRedirect);

    public override string ToString() => $"Redirect.Tee({string.Join<Redirect>(", ", targets)})";
}

internal enum FileRedirectMode
{
    Read,
    Write,
    Append,
    ReadWrite,
}

internal sealed class FileRedirect : Redirect
{
    private const uint NewFileMode = 0x1B6;

    private readonly string _path;
    private readonly FileRedirectMode _mode;

    public FileRedirect(string path, FileRedirectMode mode)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        NativeText.ThrowIfUnfit(path, nameof(path));
        _path = path;
        _mode = mode;
    }

    /// <exception cref="FileNotFoundException">There is no such file, or no such directory to make it in.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened so.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public SafeFileHandle Open()
    {
        int flags = _mode switch
        {
            FileRedirectMode.Read => Libc.O_RDONLY,
            FileRedirectMode.Write => Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC,
            FileRedirectMode.Append => Libc.O_WRONLY | Libc.O_CREAT | Libc.O_APPEND,
            _ => Libc.O_RDWR,
        };
        SafeFileHandle handle = Libc.Open(_path, flags | Libc.O_CLOEXEC | Libc.O_NOCTTY, NewFileMode);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        int errno = Errno.Last;
        IOException fault = OsError.ToException(errno, $"cannot open '{_path}' for a command");
        throw errno switch
        {
            Errno.ENOENT => new FileNotFoundException(fault.Message, _path) { HResult = errno },
            Errno.EACCES or Errno.EPERM => new UnauthorizedAccessException(fault.Message, fault),
            _ => fault,
        };
    }

    public override string ToString() => _path == "/dev/null" ? "Redirect.Null" : $"Redirect.{(_mode == FileRedirectMode.Read ? "FromFile" : "ToFile")}({_path})";

    internal override void EnsureFitsInput(string parameterName)
    {
        if (_mode is FileRedirectMode.Write or FileRedirectMode.Append)
        {
            throw Misfit("input", parameterName);
        }
    }

    internal override void EnsureFitsOutput(string parameterName)
    {
        if (_mode == FileRedirectMode.Read)
        {
            throw Misfit("output", parameterName);
        }
    }
}
