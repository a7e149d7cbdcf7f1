using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

public sealed partial class PickleWriter
{
    private readonly IdentityMap _objects = new();
    private readonly IdentityMap _types = new();
    private Queue<(Body Body, object Value)>? _deferred;

    /// <summary>How many reference slots the write is inside of.</summary>
    internal int Depth { get; set; }

    /// <summary>
    /// More than zero inside of a body whose reader uses its parts at once (hashes them, for example), so that they must
    /// be complete when they are read.
    /// </summary>
    internal int CompletePartsOnly { get; set; }

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
    /// Writes a new object: its tag, its type if the slot does not tell, and its content. Every nesting goes through
    /// here, so that this is the only guard against deep graphs that is needed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void WriteNew(Body body, object value, bool exact)
    {
        if ((++Depth & DeepGraph.CheckMask) == 0)
        {
            WriteDeep(body, value, exact);
        }
        else
        {
            WriteTag(body, exact, SlotTag.Exact, SlotTag.Other);
            body.WriteObject(this, value);
        }

        Depth--;
    }

    /// <summary>
    /// Writes an object, of a body that can be deferred, so that the reader can do something between allocating and
    /// filling it; see <see cref="PickleReader.ReadSplit"/>.
    /// </summary>
    internal void WriteSplit(Body body, object value)
    {
        if (TryWriteReference(value))
        {
            return;
        }

        body.EnsureAllowed(this);
        bool isDeep = (++Depth & DeepGraph.CheckMask) == 0;
        if (!isDeep || !TryDefer(body, value, exact: false))
        {
            WriteTag(body, exact: false, SlotTag.Exact, SlotTag.Other);
            body.WriteShape(this, value);
            if (!isDeep || DeepGraph.HasRoom(Depth))
            {
                body.WriteContent(this, value);
            }
            else
            {
                DeepGraph.RunOnFreshStack((Writer: this, Body: body, Value: value), static s => s.Body.WriteContent(s.Writer, s.Value));
            }
        }

        Depth--;
    }

    /// <summary>The error of a type that cannot travel, with the path when one is known.</summary>
    internal PickleException Refuse(string message, Exception? inner = null) =>
        Tracker is null ? new PickleException(message, inner) : new PickleException(Tracker.ToString(), message, inner);

    /// <summary>Writes the contents that were put off, and what that puts off in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void WriteDeferred()
    {
        if (_deferred is { Count: > 0 })
        {
            WriteQueued(_deferred);
        }
    }

    private void WriteQueued(Queue<(Body Body, object Value)> deferred)
    {
        while (deferred.TryDequeue(out (Body Body, object Value) next))
        {
            next.Body.WriteContent(this, next.Value);
        }
    }

    private void ResetGraph()
    {
        Depth = 0;
        CompletePartsOnly = 0;
        Tracker = null;
        _deferred?.Clear();
        _objects.Clear();
        _types.Clear();
        ClearBlocks();
    }

    private void WriteTag(Body body, bool exact, byte exactTag, byte otherTag)
    {
        if (exact)
        {
            WriteByte(exactTag);
        }
        else
        {
            WriteByte(otherTag);
            WriteType(body.WireType);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteDeep(Body body, object value, bool exact)
    {
        if (TryDefer(body, value, exact))
        {
            return;
        }

        WriteTag(body, exact, SlotTag.Exact, SlotTag.Other);
        if (DeepGraph.HasRoom(Depth))
        {
            body.WriteObject(this, value);
        }
        else
        {
            DeepGraph.RunOnFreshStack((Writer: this, Body: body, Value: value), static s => s.Body.WriteObject(s.Writer, s.Value));
        }
    }

    private bool TryDefer(Body body, object value, bool exact)
    {
        if (Depth < DeepGraph.DeferDepth || CompletePartsOnly != 0 || Tracker is not null || !body.CanDefer)
        {
            return false;
        }

        WriteTag(body, exact, SlotTag.DeferredExact, SlotTag.DeferredOther);
        body.WriteShape(this, value);
        (_deferred ??= []).Enqueue((body, value));
        return true;
    }
}
