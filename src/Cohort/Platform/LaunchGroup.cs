namespace Cohort.Platform;

/// <summary>Which process group and session a child starts in. <c>default</c> is <see cref="Inherit"/>.</summary>
internal readonly record struct LaunchGroup
{
    private LaunchGroup(LaunchGroupKind kind, int groupId)
    {
        Kind = kind;
        GroupId = groupId;
    }

    /// <summary>That of this process.</summary>
    public static LaunchGroup Inherit => default;

    /// <summary>A new group, led by the child, in this session.</summary>
    public static LaunchGroup NewGroup => new(LaunchGroupKind.NewGroup, 0);

    /// <summary>A new session with a new group, both led by the child, without a controlling terminal.</summary>
    public static LaunchGroup NewSession => new(LaunchGroupKind.NewSession, 0);

    public LaunchGroupKind Kind { get; }

    /// <summary>The group to join, for <see cref="LaunchGroupKind.Join"/>.</summary>
    public int GroupId { get; }

    /// <summary>Whether the child leads a group of its own, whose id is then its process id.</summary>
    public bool IsOwn => Kind is LaunchGroupKind.NewGroup or LaunchGroupKind.NewSession;

    /// <summary>An existing group of this session.</summary>
    public static LaunchGroup Join(int groupId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groupId);
        return new LaunchGroup(LaunchGroupKind.Join, groupId);
    }
}
