using System.Collections;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing.Python;

internal sealed partial class PythonWriter
{
    /// <summary>Items that Python puts between a mark and the instruction that adds them all.</summary>
    private const int Batch = 1000;

    private void Open(object value, PythonKind kind, bool isKey)
    {
        if (isKey && kind is PythonKind.List or PythonKind.Dict or PythonKind.Set)
        {
            throw new PickleException(
                $"{TypeDisplay.Of(value.GetType())} is a {(kind == PythonKind.List ? "list" : kind == PythonKind.Dict ? "dict" : "set")} in Python, "
                + "which cannot be a key or an item of a set there; a tuple or a FrozenSet can.");
        }

        if (Recall(value))
        {
            return;
        }

        switch (kind)
        {
            case PythonKind.Tuple:
                OpenTuple((ITuple)value, isKey);
                break;
            case PythonKind.List:
                WriteOpcode(Opcode.EmptyList);
                Memoize(value);
                IList list = (IList)value;
                _frames.Push(new Frame(kind, value, list.Count, isKey) { Items = list.GetEnumerator() });
                break;
            case PythonKind.Dict:
                WriteOpcode(Opcode.EmptyDict);
                Memoize(value);
                IDictionary dict = (IDictionary)value;
                _frames.Push(new Frame(kind, value, dict.Count, isKey) { Items = dict.GetEnumerator() });
                break;
            default:
                OpenSet((IEnumerable)value, kind, isKey);
                break;
        }
    }

    private void OpenTuple(ITuple tuple, bool isKey)
    {
        if (tuple.Length == 0)
        {
            WriteOpcode(Opcode.EmptyTuple);
            return;
        }

        if (tuple.Length > 3)
        {
            WriteOpcode(Opcode.Mark);
        }

        _frames.Push(new Frame(PythonKind.Tuple, tuple, tuple.Length, isKey));
    }

    // These protocols have no sets: one is a call with a list.
    private void OpenSet(IEnumerable set, PythonKind kind, bool isKey)
    {
        WriteGlobal(kind == PythonKind.Set ? PythonGlobal.Set : PythonGlobal.FrozenSet);
        WriteOpcode(Opcode.EmptyList);
        Memoize(null);

        // No interface of sets of any type has the number of items; one is told from more by a look.
        IEnumerator items = set.GetEnumerator();
        int count = items.MoveNext() ? items.MoveNext() ? 2 : 1 : 0;
        (items as IDisposable)?.Dispose();
        _frames.Push(new Frame(kind, set, count, isKey) { Items = set.GetEnumerator() });
    }

    /// <summary>Goes on with the innermost container: closes what its last item leaves open, begins the next, or ends it.</summary>
    private void Continue(Frame frame)
    {
        if (frame.Kind == PythonKind.Tuple)
        {
            ContinueTuple(frame);
            return;
        }

        if (frame.IsInKey)
        {
            frame.IsInKey = false;
            _frames.Push(frame);
            Begin(((IDictionaryEnumerator)frame.Items!).Value, frame.IsKey);
            return;
        }

        (byte one, byte many) = frame.Kind == PythonKind.Dict ? (Opcode.SetItem, Opcode.SetItems) : (Opcode.Append, Opcode.Appends);
        if (frame.Count == 1 && frame.Index >= 0)
        {
            WriteOpcode(one);
        }
        else if (frame.InBatch == Batch)
        {
            WriteOpcode(many);
            frame.InBatch = 0;
        }

        if (!frame.Items!.MoveNext())
        {
            if (frame.InBatch > 0)
            {
                WriteOpcode(many);
            }

            Close(frame);
            return;
        }

        frame.Index++;
        if (frame.Count != 1 && frame.InBatch++ == 0)
        {
            WriteOpcode(Opcode.Mark);
        }

        bool isDict = frame.Kind == PythonKind.Dict;
        object? next = isDict ? ((IDictionaryEnumerator)frame.Items).Key : frame.Items.Current;
        frame.IsInKey = isDict;
        _frames.Push(frame);
        Begin(next, frame.IsKey || frame.Kind != PythonKind.List);
    }

    private void ContinueTuple(Frame frame)
    {
        ITuple tuple = (ITuple)frame.Source;
        if (++frame.Index < frame.Count)
        {
            object? item = tuple[frame.Index];
            _frames.Push(frame);
            Begin(item, frame.IsKey);
            return;
        }

        if (_memo.ContainsKey(tuple))
        {
            // A list in it contains it, and wrote it: that one is it, and these items are not needed.
            for (int i = frame.Count <= 3 ? frame.Count : 0; i > 0; i--)
            {
                WriteOpcode(Opcode.Pop);
            }

            if (frame.Count > 3)
            {
                WriteOpcode(Opcode.PopMark);
            }

            Recall(tuple);
            return;
        }

        WriteOpcode(frame.Count switch { 1 => Opcode.Tuple1, 2 => Opcode.Tuple2, 3 => Opcode.Tuple3, _ => Opcode.Tuple });
        Memoize(tuple);
    }

    private void Close(Frame frame)
    {
        frame.Dispose();
        if (frame.Kind is PythonKind.Set or PythonKind.FrozenSet)
        {
            WriteOpcode(Opcode.Tuple1);
            Memoize(null);
            WriteOpcode(Opcode.Reduce);
            Memoize(frame.Source);
        }
    }

    /// <summary>A container with items to come.</summary>
    private record struct Frame(PythonKind Kind, object Source, int Count, bool IsKey)
    {
        public IEnumerator? Items { get; init; }

        /// <summary>Of the item that was begun last.</summary>
        public int Index { get; set; } = -1;

        public int InBatch { get; set; }

        /// <summary>Whether the key of a dictionary was begun last, and its value is next.</summary>
        public bool IsInKey { get; set; }

        public readonly void Dispose() => (Items as IDisposable)?.Dispose();

        public readonly void Describe(PathTracker path)
        {
            if (Kind is PythonKind.Set or PythonKind.FrozenSet)
            {
                path.Push(", an item");
            }
            else if (Kind == PythonKind.Dict && IsInKey)
            {
                path.Push(", a key");
            }
            else if (Kind == PythonKind.Dict && Index >= 0)
            {
                path.PushKey(((IDictionaryEnumerator)Items!).Key);
            }
            else if (Index >= 0)
            {
                path.PushIndex(Index);
            }
        }
    }
}
