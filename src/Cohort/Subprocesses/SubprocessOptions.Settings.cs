using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>What a process is, beside its program and its streams.</summary>
public sealed partial record SubprocessOptions
{
    /// <summary>Whether the command leads a new session, with a process group of its own and without a terminal.</summary>
    public bool NewSession { get; init; }

    /// <summary>The process group that the command joins; 0 for a new one that it leads.</summary>
    /// <value>The default is null: this process's group.</value>
    public int? ProcessGroup { get; init; }

    /// <summary>
    /// A terminal device that becomes the controlling terminal of the command, with <see cref="NewSession"/>. The standard
    /// streams that are not redirected are this terminal too.
    /// </summary>
    public string? ControllingTerminal { get; init; }

    /// <summary>
    /// Whether signals start at their defaults and unblocked. Otherwise those that this process ignores (SIGPIPE always)
    /// stay ignored.
    /// </summary>
    /// <value>The default is true.</value>
    public bool RestoreSignals { get; init; } = true;

    /// <summary>Signals that start blocked.</summary>
    /// <value>The default is null: none.</value>
    public IReadOnlyCollection<int>? BlockedSignals { get; init; }

    /// <summary>Handles that the command gets, by the number that each has there. They stay the caller's.</summary>
    /// <value>The default is null: no handles but the three standard streams.</value>
    public IReadOnlyDictionary<int, SafeHandle>? PassedHandles { get; init; }

    /// <summary>Whether all else is closed for the command. Otherwise what is not close-on-exec gets through.</summary>
    /// <value>The default is true.</value>
    public bool CloseOtherHandles { get; init; } = true;

    /// <summary>
    /// Whether the command is on its own: a session without a terminal, null devices in the place of inherited streams, and
    /// neither <c>Dispose</c> nor the end of this process ends it.
    /// </summary>
    public bool Detached { get; init; }

    internal LaunchGroup LaunchGroup => NewSession || Detached
        ? LaunchGroup.NewSession
        : ProcessGroup switch
        {
            null => LaunchGroup.Inherit,
            0 => LaunchGroup.NewGroup,
            int group => LaunchGroup.Join(group),
        };

    internal ulong? BlockedSignalBits
    {
        get
        {
            if (BlockedSignals is null)
            {
                return null;
            }

            ulong bits = 0;
            foreach (int signal in BlockedSignals)
            {
                bits |= 1UL << (signal - 1);
            }

            return bits;
        }
    }

    /// <summary>Whether one of the streams is the controlling terminal, where there is one.</summary>
    internal bool UsesTerminal => StandardInput is InheritRedirect
        || (!CaptureOutput && (StandardOutput is InheritRedirect || StandardError is InheritRedirect));

    private void ValidateSettings()
    {
        if (ProcessGroup is int group)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(group, nameof(ProcessGroup));
            if (NewSession || Detached)
            {
                throw new ArgumentException("A new session has a process group of its own already.", nameof(ProcessGroup));
            }
        }

        if (ControllingTerminal is not null && !NewSession)
        {
            throw new ArgumentException("Only the leader of a new session can get a controlling terminal.", nameof(ControllingTerminal));
        }

        if (Detached && ControllingTerminal is not null)
        {
            throw new ArgumentException("What is detached has no terminal.", nameof(ControllingTerminal));
        }

        foreach (int signal in BlockedSignals ?? [])
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(signal, nameof(BlockedSignals));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(signal, Signal.Max, nameof(BlockedSignals));
        }

        foreach ((int number, SafeHandle handle) in PassedHandles ?? new Dictionary<int, SafeHandle>())
        {
            ArgumentNullException.ThrowIfNull(handle, nameof(PassedHandles));
            if (number < 3)
            {
                throw new ArgumentException(
                    $"Handle {number} is one of the three standard streams, which have redirects of their own.", nameof(PassedHandles));
            }
        }
    }
}
