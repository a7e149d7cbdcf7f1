using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>Where one of a command's three standard streams comes from or goes to.</summary>
/// <remarks>
/// Most redirects cost nothing while the command runs: the kernel connects the two. What the command writes goes through this
/// process only with <see cref="Pipe"/>, <see cref="ToStream"/>, <see cref="ToLines"/> and <see cref="Tee"/>; what it reads,
/// only with <see cref="Pipe"/>, <see cref="Text"/>, <see cref="Bytes"/> and <see cref="FromStream"/>.
/// </remarks>
public abstract class Redirect
{
    private protected Redirect()
    {
    }

    /// <summary>The stream of this process. The default.</summary>
    public static Redirect Inherit { get; } = new InheritRedirect();

    /// <summary>A pipe whose other end is here.</summary>
    public static Redirect Pipe { get; } = new PipeRedirect();

    /// <summary>The null device: nothing to read, and what is written vanishes.</summary>
    public static Redirect Null { get; } = new FileRedirect("/dev/null", FileRedirectMode.ReadWrite);

    /// <summary>For standard error only: where standard output goes, in the order in which it was written.</summary>
    public static Redirect StandardOutput { get; } = new StandardOutputRedirect();

    /// <summary>A file to read, opened at the start. A relative path is seen from this process's directory.</summary>
    /// <exception cref="ArgumentException">The path is empty or holds a zero character.</exception>
    public static Redirect FromFile(string path) => new FileRedirect(path, FileRedirectMode.Read);

    /// <summary>
    /// A file to write, opened, and made if need be, at the start. A relative path is seen from this process's directory. The
    /// same redirect for output and error opens the file once, so that neither overwrites the other.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="append">Whether what is in the file stays, and every write goes to its end.</param>
    /// <exception cref="ArgumentException">The path is empty or holds a zero character.</exception>
    public static Redirect ToFile(string path, bool append = false) =>
        new FileRedirect(path, append ? FileRedirectMode.Append : FileRedirectMode.Write);

    /// <summary>An open handle. It stays the caller's, who may close it once the command is started.</summary>
    public static Redirect Handle(SafeHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        return new HandleRedirect(handle);
    }

    /// <summary>
    /// A connected socket. It stays the caller's. Hand over one with which nothing asynchronous was done: from the first such
    /// operation on, the framework keeps it non-blocking, the command shares that state, and most programs fail (EAGAIN) at a
    /// socket that would have them wait.
    /// </summary>
    public static Redirect Socket(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new HandleRedirect(socket.SafeHandle);
    }

    /// <summary>For input: a text, then the end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="encoding">How it is encoded; null for <see cref="SubprocessOptions.Encoding"/>.</param>
    public static Redirect Text(string text, Encoding? encoding = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new TextRedirect(text, encoding);
    }

    /// <summary>For input: bytes, then the end.</summary>
    /// <param name="bytes">Must not change while the command runs.</param>
    public static Redirect Bytes(ReadOnlyMemory<byte> bytes) => new BytesRedirect(bytes);

    /// <summary>For input: what a stream gives, up to its end or the command's.</summary>
    /// <param name="stream">
    /// Stays the caller's. More may be read from it than the command reads. A read that goes on after the end though it was
    /// cancelled is left alone, and what it brings is lost: such as one of a terminal, or of a pipe that was opened for blocking use.
    /// </param>
    public static Redirect FromStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.CanRead ? new FromStreamRedirect(stream) : throw new ArgumentException("The stream cannot be read.", nameof(stream));
    }

    /// <summary>For output: a stream of this process.</summary>
    /// <param name="stream">
    /// Stays the caller's; flushed at the end, not closed. One that takes nothing any more keeps the call only until its timeout
    /// or cancellation; the rest is lost then.
    /// </param>
    public static Redirect ToStream(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.CanWrite ? new ToStreamRedirect(stream) : throw new ArgumentException("The stream cannot be written to.", nameof(stream));
    }

    /// <summary>For output: a function that is called with each line as it comes, without its end.</summary>
    /// <param name="action">Called by one thread at a time; while it runs, nothing is read. If it throws, so does the call that waits.</param>
    public static Redirect ToLines(Action<string> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        return new ToLinesRedirect(action);
    }

    /// <summary>
    /// For output: several targets, each of which gets all. <see cref="Pipe"/> among them captures; <see cref="Inherit"/>
    /// shows the output as well.
    /// </summary>
    /// <exception cref="ArgumentException">One is for input, or is <see cref="StandardOutput"/>.</exception>
    public static Redirect Tee(params ReadOnlySpan<Redirect> targets)
    {
        foreach (Redirect target in targets)
        {
            ArgumentNullException.ThrowIfNull(target, nameof(targets));
            target.EnsureFitsOutput(nameof(targets));
            if (target is StandardOutputRedirect)
            {
                throw new ArgumentException($"{target} cannot be one of several targets.", nameof(targets));
            }
        }

        return new TeeRedirect(targets.ToArray());
    }

    /// <summary>Whether a stream is waited for, which can be given up only where it is not waited for by a thread.</summary>
    internal virtual bool NeedsAsync => false;

    /// <exception cref="ArgumentException">This is a target.</exception>
    internal virtual void EnsureFitsInput(string parameterName)
    {
    }

    /// <exception cref="ArgumentException">This is a source.</exception>
    internal virtual void EnsureFitsOutput(string parameterName)
    {
    }

    /// <summary>The exception for a redirect that cannot be used where it was given.</summary>
    private protected ArgumentException Misfit(string use, string parameterName) =>
        new($"{this} cannot be used for the {use} of a command.", parameterName);
}
