using Cohort.Platform;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

/// <summary>What <see cref="HandleSharer"/> keeps, by token. Each is handed out to one at a time, and once unless it is for many.</summary>
internal sealed class KeptHandles
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, Entry> _entries = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Whether there is nothing. Without the lock: good for what this thread, or one that it waited for, has added.</summary>
    public bool IsEmpty => _entries.Count == 0;

    /// <param name="token">By which they are asked for.</param>
    /// <param name="entry">Owned from here on.</param>
    public void Add(UInt128 token, Entry entry)
    {
        lock (_gate)
        {
            _entries.Add(token, entry);
        }
    }

    /// <summary>Nobody will ask any more for what is in messages that lay there.</summary>
    public void WithdrawAll(object place)
    {
        UInt128[] tokens;
        lock (_gate)
        {
            tokens = [.. _entries.Where(entry => place.Equals(entry.Value.Place)).Select(static entry => entry.Key)];
        }

        Array.ForEach(tokens, Withdraw);
    }

    /// <summary>Lends them until <see cref="GiveBack"/>; null when they are not there, or lent.</summary>
    public SafeFileHandle[]? TryLend(UInt128 token)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(token, out Entry? entry) || entry.IsLent)
            {
                return null;
            }

            entry.IsLent = true;
            return entry.Handles;
        }
    }

    /// <summary>The end of a <see cref="TryLend"/>: they were taken, or stay here.</summary>
    public void GiveBack(UInt128 token, bool isTaken)
    {
        Entry entry;
        lock (_gate)
        {
            entry = _entries[token];
            entry.IsLent = false;
            isTaken &= !entry.IsForMany;
            if (!isTaken && !entry.IsWithdrawn)
            {
                return;
            }

            _entries.Remove(token);
        }

        entry.Drop(isTaken);
    }

    /// <summary>Nobody will ask any more. Does nothing when they were taken.</summary>
    public void Withdraw(UInt128 token)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(token, out entry))
            {
                return;
            }

            if (entry.IsLent)
            {
                entry.IsWithdrawn = true;
                return;
            }

            _entries.Remove(token);
        }

        entry.Drop(isTaken: false);
    }

    /// <summary>Gives them away for good, or duplicates of what is for many; null when they are not there, or lent.</summary>
    /// <exception cref="IOException">No descriptor is left for a duplicate.</exception>
    public SafeFileHandle[]? TryTake(UInt128 token)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(token, out Entry? kept) && kept.IsForMany)
            {
                return Array.ConvertAll(kept.Handles, Descriptors.Duplicate);
            }

            return _entries.TryGetValue(token, out Entry? entry) && !entry.IsLent && _entries.Remove(token) ? entry.Handles : null;
        }
    }

    /// <param name="handles">Owned from here on.</param>
    /// <param name="onWithdrawn">Called if nobody has taken them and nobody will.</param>
    /// <param name="place">Where the message lies, or by what it went, for <see cref="WithdrawAll"/>.</param>
    /// <param name="isForMany">Whether they are handed out until they are withdrawn.</param>
    public sealed class Entry(SafeFileHandle[] handles, Action? onWithdrawn, object? place, bool isForMany)
    {
        public object? Place => place;

        public bool IsForMany => isForMany;

        public SafeFileHandle[] Handles => handles;

        public bool IsLent { get; set; }

        public bool IsWithdrawn { get; set; }

        public void Drop(bool isTaken)
        {
            Array.ForEach(handles, static handle => handle.Dispose());
            if (!isTaken)
            {
                onWithdrawn?.Invoke();
            }
        }
    }
}
