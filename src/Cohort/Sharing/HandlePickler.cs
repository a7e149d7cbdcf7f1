using System.Runtime.InteropServices;
using Cohort.Serializing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Sharing;

/// <summary>Carries a handle of a type that is nothing but a descriptor.</summary>
internal sealed class HandlePickler<T>(Func<nint, T> create) : IPickler<T>
    where T : SafeHandle
{
    public void Write(PickleWriter writer, T value)
    {
        if (value.IsInvalid || value.IsClosed)
        {
            throw new PickleException($"{typeof(T).Name} is {(value.IsClosed ? "closed" : "invalid")}: there is nothing to send");
        }

        HandleTicket.Write(writer, null, value);
    }

    public T Read(PickleReader reader)
    {
        SafeFileHandle handle = HandleTicket.Take(reader, 1)[0];
        return create(HandlePicklers.Release(handle));
    }
}
