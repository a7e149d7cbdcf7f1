using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

public sealed partial class PickleWriter
{
    private readonly IdentityMap _objects = new();
    private readonly IdentityMap _types = new();

    /// <summary>How many reference slots the write is inside of.</summary>
    internal int Depth { get; set; }

    /// <summary>Set only while the way to a part that cannot travel is being found.</summary>
    internal PathTracker? Tracker { get; set; }

    /// <summary>Writes a reference to an object that the message has already; false and numbers it if it is new.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryWriteReference(object value)
    {
        if (_objects.Add(value, out int id))
        {
            return false;
        }

        WriteVar((uint)id + SlotTag.FirstReference);
        return true;
    }

    /// <summary>Writes a type: by code, by its number in this message, or as a blob the first time.</summary>
    internal void WriteType(Type type)
    {
        int code = WellKnownTypes.CodeOf(type);
        if (code >= 0)
        {
            WriteByte((byte)(code + 1));
            return;
        }

        if (!_types.Add(type, out int number))
        {
            WriteVar((uint)number + WellKnownTypes.FirstInterned);
            return;
        }

        WriteByte(0);
        WriteBytes(TypeBlobs.For(type));
    }

    /// <summary>
    /// Calls the body, on a fresh stack if this one runs out. Every nesting goes through a reference slot, so that this
    /// is the only guard that is needed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void WriteBody(Body body, object value)
    {
        if ((++Depth & StackGuard.CheckMask) != 0 || StackGuard.HasRoom(Depth))
        {
            body.WriteObject(this, value);
        }
        else
        {
            StackGuard.RunOnFreshStack((Writer: this, Body: body, Value: value), static s => s.Body.WriteObject(s.Writer, s.Value));
        }

        Depth--;
    }

    /// <summary>The error of a type that cannot travel, with the path when one is known.</summary>
    internal PickleException Refuse(string message, Exception? inner = null) =>
        Tracker is null ? new PickleException(message, inner) : new PickleException(Tracker.ToString(), message, inner);
}
