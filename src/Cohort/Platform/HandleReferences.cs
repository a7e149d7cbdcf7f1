using Microsoft.Win32.SafeHandles;

namespace Cohort.Platform;

/// <summary>Keeps handles open while their raw numbers are in use.</summary>
internal ref struct HandleReferences : IDisposable
{
    private readonly ReadOnlySpan<SafeFileHandle> _handles;
    private int _count;

    /// <exception cref="ObjectDisposedException">One of the handles is closed.</exception>
    public HandleReferences(ReadOnlySpan<SafeFileHandle> handles)
    {
        _handles = handles;
        try
        {
            foreach (SafeFileHandle handle in handles)
            {
                ArgumentNullException.ThrowIfNull(handle, nameof(handles));
                bool added = false;
                handle.DangerousAddRef(ref added);
                _count++;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public readonly int this[int index] => (int)_handles[index].DangerousGetHandle();

    public readonly void CopyTo(Span<int> descriptors)
    {
        for (int i = 0; i < _handles.Length; i++)
        {
            descriptors[i] = this[i];
        }
    }

    public void Dispose()
    {
        while (_count > 0)
        {
            _handles[--_count].DangerousRelease();
        }
    }
}
