using System.Runtime.InteropServices;
using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>One descriptor of a child: its number there, and what it refers to.</summary>
internal sealed record LaunchDescriptor
{
    private LaunchDescriptor(int target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        Target = target;
    }

    /// <summary>The number in the child.</summary>
    public int Target { get; private init; }

    /// <summary>An open descriptor of this process, whatever its number; stays the caller's.</summary>
    public SafeHandle? Source { get; private init; }

    /// <summary>A file that the child opens, seen from its working directory.</summary>
    public string? FilePath { get; private init; }

    /// <summary>Flags of open(2) for <see cref="FilePath"/>.</summary>
    public int OpenFlags { get; private init; }

    /// <summary>Permissions of a file that open creates, before the umask.</summary>
    public uint OpenMode { get; private init; }

    /// <summary>Whether the child starts with this number closed.</summary>
    public bool IsClosed => Source is null && FilePath is null;

    /// <summary>The same under another number. What is a file is opened twice then.</summary>
    public LaunchDescriptor At(int target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        return this with { Target = target };
    }

    public static LaunchDescriptor FromHandle(SafeHandle source, int target)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new LaunchDescriptor(target) { Source = source };
    }

    public static LaunchDescriptor FromFile(string path, int openFlags, int target, uint openMode = 0x1B6)
    {
        NativeText.ThrowIfUnfit(path, nameof(path));
        return new LaunchDescriptor(target) { FilePath = path, OpenFlags = openFlags, OpenMode = openMode };
    }

    /// <summary>The null device, for reading and writing.</summary>
    public static LaunchDescriptor Null(int target) => FromFile("/dev/null", Libc.O_RDWR, target);

    /// <summary>Nothing: of use for 0, 1 and 2, which are inherited otherwise.</summary>
    public static LaunchDescriptor Closed(int target) => new(target);
}
