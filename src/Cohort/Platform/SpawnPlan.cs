using Cohort.Interop;

namespace Cohort.Platform;

/// <summary>A launch request turned into what posix_spawn takes, in native memory that lives until Dispose.</summary>
internal sealed unsafe class SpawnPlan : IDisposable
{
    private readonly NativeStringList? _arguments;
    private readonly SpawnEnvironment? _environment;
    private readonly NativeStringList? _path;
    private readonly SpawnDescriptors? _descriptors;

    /// <param name="request">What to start.</param>
    /// <param name="hasCloseFrom">Whether the C library can close all descriptors from a number on.</param>
    public SpawnPlan(LaunchRequest request, bool hasCloseFrom)
    {
        Request = request;
        NativeText.ThrowIfUnfit(request.FileName, nameof(request));
        ArgumentException.ThrowIfNullOrEmpty(request.FileName, nameof(request));
        if (request.WorkingDirectory is not null)
        {
            NativeText.ThrowIfUnfit(request.WorkingDirectory, nameof(request));
        }

        try
        {
            _environment = new SpawnEnvironment(request.Environment);
            FileName = ExecutableSearch.Find(request.FileName, _environment.SearchPath, request.WorkingDirectory);
            _arguments = new NativeStringList(request.Arguments, nameof(request));
            _path = new NativeStringList([FileName], nameof(request));
            _descriptors = new SpawnDescriptors(request, hasCloseFrom);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public LaunchRequest Request { get; }

    /// <summary>The executable as it is handed to the system.</summary>
    public string FileName { get; }

    /// <summary>The first number above all descriptors that the child is given.</summary>
    public int FirstAboveTargets => _descriptors!.FirstAboveTargets;

    /// <summary>Where the child waits for its limits; null for nowhere.</summary>
    public LaunchGate? Gate { get; set; }

    /// <summary>Starts the process; returns its id.</summary>
    public int Spawn()
    {
        SpawnFileActions actions;
        Check(Libc.SpawnActionsInit(&actions));
        try
        {
            SpawnAttributes attributes;
            Check(Libc.SpawnAttrInit(&attributes));
            try
            {
                SetAttributes(&attributes);
                AddActions(&actions);
                int pid;
                int errno = Libc.PosixSpawn(
                    &pid, _path!.Pointer[0], &actions, &attributes, _arguments!.Pointer, _environment!.Pointer);
                return errno == 0 ? pid : throw LaunchFault.ToException(errno, Request, FileName);
            }
            finally
            {
                Libc.SpawnAttrDestroy(&attributes);
            }
        }
        finally
        {
            Libc.SpawnActionsDestroy(&actions);
        }
    }

    public void Dispose()
    {
        _arguments?.Dispose();
        _environment?.Dispose();
        _path?.Dispose();
        _descriptors?.Dispose();
    }

    private void SetAttributes(SpawnAttributes* attributes)
    {
        short flags = 0;
        if (Request.ResetSignals)
        {
            // All of them, also the two that the C library keeps for itself and would else leave ignored in the child.
            SigSet all = new() { Bits = ulong.MaxValue };
            Check(Libc.SpawnAttrSetSigDefault(attributes, &all));
            flags |= Libc.POSIX_SPAWN_SETSIGDEF;
        }

        if (Request.ResetSignals || Request.BlockedSignals is not null)
        {
            SigSet blocked = new() { Bits = Request.BlockedSignals ?? 0 };
            Check(Libc.SpawnAttrSetSigMask(attributes, &blocked));
            flags |= Libc.POSIX_SPAWN_SETSIGMASK;
        }

        switch (Request.Group.Kind)
        {
            case LaunchGroupKind.NewGroup:
            case LaunchGroupKind.Join:
                Check(Libc.SpawnAttrSetPGroup(attributes, Request.Group.GroupId));
                flags |= Libc.POSIX_SPAWN_SETPGROUP;
                break;
            case LaunchGroupKind.NewSession:
                flags |= Libc.POSIX_SPAWN_SETSID;
                break;
        }

        Check(Libc.SpawnAttrSetFlags(attributes, flags));
    }

    private void AddActions(SpawnFileActions* actions)
    {
        if (Request.WorkingDirectory is not null)
        {
            if (!Libc.HasSpawnChdir)
            {
                throw new PlatformNotSupportedException(
                    "A working directory for a child needs glibc 2.29 or musl 1.1.24 (posix_spawn_file_actions_addchdir_np).");
            }

            Check(Libc.SpawnActionsAddChdir(actions, Request.WorkingDirectory));
        }

        _descriptors!.AddActions(actions, Gate);
    }

    private void Check(int errno)
    {
        if (errno != 0)
        {
            throw OsError.ToException(errno, $"cannot prepare the start of '{FileName}'");
        }
    }
}
