namespace Cohort.Platform;

/// <summary>Starts processes.</summary>
internal abstract class ProcessLauncher
{
    private static readonly Lazy<ProcessLauncher> s_instance = new(
        static () => OperatingSystems.IsSupported ? new LinuxProcessLauncher() : throw OperatingSystems.NotSupported());

    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    public static ProcessLauncher Instance => s_instance.Value;

    /// <summary>
    /// Starts a child. Returns once it runs its executable; blocks for that time (about half a millisecond, more when the
    /// file system is slow).
    /// </summary>
    /// <exception cref="ArgumentException">A text holds a zero character, a name holds '=', a target is named twice.</exception>
    /// <exception cref="FileNotFoundException">There is no such executable, or its interpreter is missing.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such working directory.</exception>
    /// <exception cref="IOException">The system refuses; <c>HResult</c> is the error number.</exception>
    public abstract ChildProcess Launch(LaunchRequest request);
}
