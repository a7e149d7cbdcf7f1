using System.Runtime.InteropServices;
using Cohort.Platform;

namespace Cohort.Messaging;

/// <summary>Whatever has a descriptor: sockets, pipes, and so on.</summary>
internal sealed class DescriptorReadySource(SafeHandle handle) : ReadySource
{
    private Target? _target;

    public override bool IsReady() => Descriptors.IsReadable(handle);

    public override void Watch(ReadySet set)
    {
        if (_target is null or { HasFired: true })
        {
            Unwatch();
            _target = new Target(Descriptors.Duplicate(handle), set);
        }
    }

    public override void Dispose() => Unwatch();

    private void Unwatch()
    {
        _target?.Dispose();
        _target = null;
    }

    /// <summary>A duplicate, as several may wait for the same descriptor and the watch takes each once.</summary>
    private sealed class Target : IDescriptorTarget, IDisposable
    {
        private readonly SafeHandle _duplicate;
        private readonly ReadySet _set;
        private readonly long _key;
        private volatile bool _hasFired;

        public Target(SafeHandle duplicate, ReadySet set)
        {
            _duplicate = duplicate;
            _set = set;
            try
            {
                _key = HangUpWatch.Instance.Add(this);
            }
            catch
            {
                duplicate.Dispose();
                throw;
            }
        }

        public bool HasFired => _hasFired;

        public SafeHandle Descriptor => _duplicate;

        public bool WantsData => true;

        public void OnReady()
        {
            _hasFired = true;
            _set.Poke();
        }

        public void Dispose()
        {
            HangUpWatch.Instance.Remove(_key);
            _duplicate.Dispose();
        }
    }
}
