using Cohort.Workers;

/// <summary>
/// What DOTNET_STARTUP_HOOKS calls in a worker before <c>Main</c>; the runtime asks for this name in no namespace.
/// In any other process it does nothing.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => WorkerEntry.RunIfWorker();
}
