using Cohort.Interop;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>
/// The descriptor part of a launch.
/// </summary>
/// <remarks>
/// Overview. The child gets its descriptors by a list of actions that the C library runs one after the other, so an
/// early dup2 could overwrite the source of a later one (0→1 with 1→0). All sources are therefore duplicated above all
/// targets first; those duplicates are close-on-exec and never reach a program. Files are opened after all duplication:
/// open takes any free number, and a file that lands on a later file's target is moved away by the C library before that
/// one comes. Closing comes last: gaps below the highest target one by one, all above it by closefrom, or, where the C
/// library lacks that, those that are open and not close-on-exec at this moment.
/// </remarks>
internal sealed unsafe class SpawnDescriptors : IDisposable
{
    private const int FirstClosable = 3;

    /// <summary>Up to here, gaps between targets are closed without looking what is open.</summary>
    private const int MaxBlindGap = 1024;

    private readonly LaunchRequest _request;
    private readonly bool _hasCloseFrom;
    private readonly HashSet<int> _targets = [];
    private readonly List<SafeFileHandle> _duplicates = [];
    private readonly List<(int Source, int Target)> _copies = [];

    public SpawnDescriptors(LaunchRequest request, bool hasCloseFrom)
    {
        _request = request;
        _hasCloseFrom = hasCloseFrom;
        ArgumentNullException.ThrowIfNull(request.Descriptors, nameof(request));
        foreach (LaunchDescriptor descriptor in request.Descriptors)
        {
            if (!_targets.Add(descriptor.Target))
            {
                throw new ArgumentException(
                    $"Descriptor {descriptor.Target} of the child is named twice.", nameof(request));
            }
        }

        try
        {
            Duplicate();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int FirstAboveTargets => Math.Max(FirstClosable, _targets.Count == 0 ? 0 : _targets.Max() + 1);

    public void AddActions(SpawnFileActions* actions, LaunchGate? gate)
    {
        foreach ((int source, int target) in _copies)
        {
            Check(Libc.SpawnActionsAddDup2(actions, source, target));
        }

        foreach (LaunchDescriptor descriptor in _request.Descriptors)
        {
            if (descriptor.FilePath is not null)
            {
                Check(Libc.SpawnActionsAddOpen(
                    actions, descriptor.Target, descriptor.FilePath, descriptor.OpenFlags, descriptor.OpenMode));
            }
            else if (descriptor.IsClosed)
            {
                Check(Libc.SpawnActionsAddClose(actions, descriptor.Target));
            }
        }

        gate?.AddActions(actions, FreeNumber());
        if (_request.ControllingTerminal is not null)
        {
            // Whether or not one of the streams is it: the first that the leader of a session opens is the session's. Behind
            // the gate, whose FIFO may have the spare number here.
            int spare = FreeNumber();
            Check(Libc.SpawnActionsAddOpen(actions, spare, _request.ControllingTerminal, Libc.O_RDWR, 0));
            Check(Libc.SpawnActionsAddClose(actions, spare));
        }

        if (_request.CloseOtherDescriptors)
        {
            AddCloses(actions);
        }
    }

    public void Dispose()
    {
        _duplicates.ForEach(static duplicate => duplicate.Dispose());
        _duplicates.Clear();
    }

    private void Duplicate()
    {
        int free = FirstAboveTargets;
        foreach (LaunchDescriptor descriptor in _request.Descriptors)
        {
            if (descriptor.Source is null)
            {
                continue;
            }

            // Duplicated even when the number is out of the way: the caller may close its handle while we start.
            SafeFileHandle duplicate = new(Libc.Fcntl(descriptor.Source, Libc.F_DUPFD_CLOEXEC, free), ownsHandle: true);
            if (duplicate.IsInvalid)
            {
                throw OsError.LastToException(
                    $"cannot hand over descriptor {descriptor.Target} to '{_request.FileName}'");
            }

            _duplicates.Add(duplicate);
            _copies.Add(((int)duplicate.DangerousGetHandle(), descriptor.Target));
        }
    }

    /// <summary>A low one that the child does not have: a limit of open files may hold, and the number has to be below it.</summary>
    private int FreeNumber()
    {
        int number = FirstClosable;
        while (_targets.Contains(number) || OpenDescriptors.IsInheritable(number))
        {
            number++;
        }

        return number;
    }

    private void AddCloses(SpawnFileActions* actions)
    {
        int above = FirstAboveTargets;
        bool mustLook = !_hasCloseFrom || above > MaxBlindGap;
        IEnumerable<int> closing = mustLook ? OpenDescriptors.Inheritable() : Enumerable.Range(0, above);
        foreach (int fd in closing)
        {
            if (fd >= FirstClosable && !_targets.Contains(fd))
            {
                Check(Libc.SpawnActionsAddClose(actions, fd));
            }
        }

        if (_hasCloseFrom)
        {
            Check(Libc.SpawnActionsAddCloseFrom(actions, above));
        }
    }

    private void Check(int errno)
    {
        if (errno != 0)
        {
            throw OsError.ToException(errno, $"cannot prepare the descriptors of '{_request.FileName}'");
        }
    }
}
