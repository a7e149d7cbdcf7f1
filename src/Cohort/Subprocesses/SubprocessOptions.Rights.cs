using Cohort.Platform;

namespace Cohort.Subprocesses;

/// <summary>What a command may do and use. These need a thread of their own at the start, and some need root.</summary>
public sealed partial record SubprocessOptions
{
    /// <summary>How much the command gives way to others, from -20 (first) to 19 (last).</summary>
    /// <value>The default is null: as this process.</value>
    public int? Nice { get; init; }

    /// <summary>The processors that the command may run on.</summary>
    /// <value>The default is null: those of this process.</value>
    public IReadOnlyCollection<int>? CpuAffinity { get; init; }

    /// <summary>Permissions that files which the command makes do not get, such as 0b000_111_111 (octal 077).</summary>
    /// <value>The default is null: as this process.</value>
    public int? Umask { get; init; }

    /// <summary>The user whose rights the command has; needs root.</summary>
    public int? UserId { get; init; }

    /// <summary>The group whose rights the command has; needs root.</summary>
    public int? GroupId { get; init; }

    /// <summary>The further groups; empty for none. Needs root.</summary>
    /// <value>The default is null: those of this process.</value>
    public IReadOnlyCollection<int>? ExtraGroupIds { get; init; }

    /// <summary>
    /// In the place of <see cref="UserId"/>: the user's name, looked up at every start. It changes the user alone, not the
    /// groups. An unknown one is an <see cref="ArgumentException"/> of the start.
    /// </summary>
    public string? UserName { get; init; }

    /// <summary>In the place of <see cref="GroupId"/>: the group's name, in the same way.</summary>
    public string? GroupName { get; init; }

    /// <summary>Names of groups beside or in the place of <see cref="ExtraGroupIds"/>, in the same way.</summary>
    public IReadOnlyCollection<string>? ExtraGroupNames { get; init; }

    /// <summary>Limits on what the command uses, set before it runs.</summary>
    /// <value>The default is null: as this process.</value>
    public IReadOnlyDictionary<LimitedResource, ResourceLimit>? Limits { get; init; }

    /// <summary>
    /// Whether the command is killed when this process dies, however it dies. It is started by <c>setpriv</c> of util-linux,
    /// which becomes the command. What the command has started is not killed along, and a command that changes its user is not.
    /// </summary>
    public bool KillWithParent { get; init; }

    private bool ChangesRights => (UserId ?? GroupId) is not null || (UserName ?? GroupName) is not null || (ExtraGroupIds ?? (object?)ExtraGroupNames) is not null;

    /// <exception cref="ArgumentException">There is no user or group of a name.</exception>
    /// <exception cref="IOException">They cannot be looked up.</exception>
    internal LaunchSettings? NewLaunchSettings() => Nice is null && CpuAffinity is null && Umask is null && !ChangesRights
        ? null
        : new LaunchSettings
        {
            Nice = Nice,
            Processors = CpuAffinity,
            FileModeMask = Umask,
            UserId = UserName is null ? UserId : Accounts.UserId(UserName, nameof(UserName)),
            GroupId = GroupName is null ? GroupId : Accounts.GroupId(GroupName, nameof(GroupName)),
            ExtraGroupIds = ExtraGroupNames is null
                ? ExtraGroupIds
                : [.. ExtraGroupIds ?? [], .. ExtraGroupNames.Select(static name => Accounts.GroupId(name, nameof(ExtraGroupNames)))],
        };

    internal Dictionary<int, (ulong Soft, ulong Hard)>? LaunchLimits =>
        Limits is { Count: > 0 } ? Limits.ToDictionary(static pair => (int)pair.Key, static pair => pair.Value.ToNative()) : null;

    private void ValidateRights()
    {
        ThrowIfOutside(Nice, -20, 19, nameof(Nice));
        ThrowIfOutside(Umask, 0, 0b111_111_111, nameof(Umask));
        ThrowIfOutside(UserId, 0, int.MaxValue, nameof(UserId));
        ThrowIfOutside(GroupId, 0, int.MaxValue, nameof(GroupId));
        if ((UserId is not null && UserName is not null) || (GroupId is not null && GroupName is not null))
        {
            throw new ArgumentException("A user or group is named by its number or by its name, not both.", UserId is null ? nameof(GroupName) : nameof(UserName));
        }

        foreach (int group in ExtraGroupIds ?? [])
        {
            ThrowIfOutside(group, 0, int.MaxValue, nameof(ExtraGroupIds));
        }

        foreach (int processor in CpuAffinity ?? [0])
        {
            ThrowIfOutside(processor, 0, 8191, nameof(CpuAffinity));
        }

        if (CpuAffinity is { Count: 0 })
        {
            throw new ArgumentException("A command needs at least one processor.", nameof(CpuAffinity));
        }

        ResourceLimit.Validate(Limits, nameof(Limits));
        if (KillWithParent && Detached)
        {
            throw new ArgumentException("What is detached does not die with its parent.", nameof(KillWithParent));
        }

        if (KillWithParent && Executable is not null)
        {
            throw new ArgumentException("KillWithParent cannot give a program another name: leave Executable alone.", nameof(KillWithParent));
        }
    }

    private static void ThrowIfOutside(int? value, int least, int most, string name)
    {
        if (value is int number)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(number, least, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(number, most, name);
        }
    }
}
