using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

public sealed unsafe partial class PickleReader
{
    private const int KeptObjects = 4096;

    private object?[] _objects = new object?[16];
    private int _objectCount;
    private Type[] _types = [];
    private int _typeCount;
    private List<Func<bool>>? _fixups;
    private List<Action>? _checks;
    private Queue<(Body Body, object Value)>? _deferred;

    /// <summary>Objects with lower numbers came with values that are there as a whole: slots that were read before this one.</summary>
    private int _completeBelow;

    /// <summary>How many reference slots the read is inside of.</summary>
    internal int Depth { get; set; }

    /// <summary>
    /// The smallest number that has been referred to since this was last set, but for objects that are complete for
    /// certain; see <see cref="KeyWatch"/>.
    /// </summary>
    internal int LowestReference { get; set; } = int.MaxValue;

    /// <summary>Whether there are tables that may have to be filled again, or may be refused, when the whole value is there.</summary>
    internal bool HasUnsureTables => _fixups is not null || _checks is not null;

    /// <summary>The number that the next new object will have.</summary>
    internal int NextObject => _objectCount;

    /// <summary>Takes the next number, in the same order as the writer did: before the object's own parts are read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int ReserveObject()
    {
        int id = _objectCount;
        if (id == _objects.Length)
        {
            Array.Resize(ref _objects, id * 2);
        }

        _objectCount = id + 1;
        return id;
    }

    /// <summary>Makes an object known under its number, so that its own parts may refer to it.</summary>
    internal void SetObject(int id, object value) => _objects[id] = value;

    internal object GetObject(uint id)
    {
        if (id >= (uint)_objectCount)
        {
            throw new PickleException("The message refers to an object that it does not have.");
        }

        if (id < (uint)LowestReference && id >= (uint)_completeBelow)
        {
            LowestReference = (int)id;
        }

        return _objects[id] ?? throw new PickleException(
            "A cycle of references leads back into an object that can be built only after its parts.");
    }

    internal Type ReadType()
    {
        uint code = ReadVar();
        if (code >= WellKnownTypes.FirstInterned)
        {
            uint number = code - WellKnownTypes.FirstInterned;
            return number < (uint)_typeCount ? _types[number] : throw new PickleException("The message refers to a type that it does not have.");
        }

        if (code > 0)
        {
            return WellKnownTypes.Get((int)code - 1);
        }

        Type type = TypeBlobs.Resolve(ReadBytesInPlace());
        if (_typeCount == _types.Length)
        {
            Array.Resize(ref _types, Math.Max(8, _typeCount * 2));
        }

        _types[_typeCount++] = type;
        return type;
    }

    /// <summary>Reads the content of a new object, on a fresh stack if this one runs out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal object ReadBody(Body body, int id)
    {
        object result;
        if ((++Depth & DeepGraph.CheckMask) != 0 || DeepGraph.HasRoom(Depth))
        {
            result = body.ReadObject(this, id);
        }
        else
        {
            result = ReadOnFreshStack(body, id);
        }

        Depth--;
        return result;
    }

    /// <summary>Allocates an object whose content comes after the slot.</summary>
    internal object ReadDeferred(Body body, int id)
    {
        object value = ReadShape(body, id);
        (_deferred ??= []).Enqueue((body, value));
        return value;
    }

    /// <summary>Allocates an object whose content comes next, unless it is one that the message has already or puts off.</summary>
    /// <param name="body">For <see cref="ReadSplitContent"/>; null if nothing more comes next.</param>
    internal object ReadSplit(out Body? body)
    {
        uint tag = ReadVar();
        if (tag != SlotTag.Other)
        {
            body = null;
            return References.ReadOther(this, tag, typeof(object));
        }

        body = Bodies.For(ReadType());
        return ReadShape(body, ReserveObject());
    }

    internal void ReadSplitContent(Body body, object value)
    {
        if ((++Depth & DeepGraph.CheckMask) != 0 || DeepGraph.HasRoom(Depth))
        {
            body.ReadContent(this, value);
        }
        else
        {
            DeepGraph.RunOnFreshStack((Reader: this, Body: body, Value: value), static s => s.Body.ReadContent(s.Reader, s.Value));
        }

        Depth--;
    }

    /// <summary>
    /// Has a table looked after when the whole value is there, innermost first. The function says whether it changed the
    /// table; all are called again then, as the table may be part of another's key.
    /// </summary>
    internal void AddFixup(Func<bool> fixup) => (_fixups ??= []).Add(fixup);

    /// <summary>Has something looked at, and refused maybe, after all fixups.</summary>
    internal void AddCheck(Action check) => (_checks ??= []).Add(check);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Complete()
    {
        if (_deferred is not null || HasUnsureTables)
        {
            ReadRest();
        }

        _completeBelow = _objectCount;
    }

    private void ReadRest()
    {
        while (_deferred is not null && _deferred.TryDequeue(out (Body Body, object Value) next))
        {
            next.Body.ReadContent(this, next.Value);
        }

        List<Func<bool>> fixups = _fixups ?? [];
        List<Action>? checks = _checks;
        _fixups = null;
        _checks = null;
        bool changed = fixups.Count > 0;
        for (int i = 0; changed && i <= fixups.Count; i++)
        {
            changed = false;
            foreach (Func<bool> fixup in fixups)
            {
                changed |= fixup();
            }
        }

        checks?.ForEach(static check => check());
    }

    private object ReadShape(Body body, int id)
    {
        object value = body.CanDefer
            ? body.ReadShape(this)
            : throw new PickleException($"The message puts off the content of a {TypeDisplay.Of(body.WireType)}, which cannot be.");
        SetObject(id, value);
        return value;
    }

    private object ReadOnFreshStack(Body body, int id)
    {
        object? result = null;
        DeepGraph.RunOnFreshStack((Reader: this, Body: body, Id: id), s => result = s.Body.ReadObject(s.Reader, s.Id));
        return result!;
    }

    private void ForgetGraph()
    {
        if (_objectCount > KeptObjects)
        {
            _objects = new object?[16];
        }
        else
        {
            _objects.AsSpan(0, _objectCount).Clear();
        }

        _types.AsSpan(0, _typeCount).Clear();
        _objectCount = 0;
        _typeCount = 0;
        Depth = 0;
        LowestReference = int.MaxValue;
        _completeBelow = 0;
        _fixups = null;
        _checks = null;
        _deferred = null;
    }
}
