namespace Cohort.Platform;

/// <inheritdoc cref="LaunchGroup"/>
internal enum LaunchGroupKind
{
    Inherit,
    NewGroup,
    NewSession,
    Join,
}
