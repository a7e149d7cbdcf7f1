using System.Buffers.Binary;

namespace Cohort.Serializing.Python;

/// <summary>Runs the program that a pickle is. For one pickle.</summary>
internal ref partial struct PythonReader
{
    /// <summary>A bytearray is written by some as a call with bytes, which are a call with text.</summary>
    private const int CopiesOfByte = 4;

    private readonly ReadOnlySpan<byte> _pickle;
    private readonly KeyGuard _keys;
    private readonly Stack<int> _marks;

    /// <summary>Objects by their numbers, as long as those come without gaps.</summary>
    private readonly List<object?> _memo;

    private Dictionary<uint, object?>? _strayMemo;
    private uint _memoized;
    private object?[] _stack;
    private int _count;
    private int _position;
    private bool _hasGlobals;

    /// <summary>How many more items and bytes may be copied. A list or text that is copied was read before, for as many bytes.</summary>
    private long _copiesLeft;

    public PythonReader(ReadOnlySpan<byte> pickle)
    {
        _pickle = pickle;
        _keys = new KeyGuard(pickle.Length);
        _copiesLeft = CopiesOfByte * (long)pickle.Length;
        _stack = new object?[InitialStack];
        _marks = [];
        _memo = [];
    }

    private readonly int Remaining => _pickle.Length - _position;

    /// <exception cref="PickleException">It is no pickle, or one of more than basic types.</exception>
    public object? Read()
    {
        byte opcode;
        while ((opcode = TakeByte()) != Opcode.Stop)
        {
            Run(opcode);
        }

        object? value = Pop();
        if (_count != 0 || _marks.Count != 0)
        {
            throw new PickleException("The Python pickle ends in the middle of a value.");
        }

        if (Remaining != 0)
        {
            throw new PickleException($"{Remaining} bytes are left over after the end of the Python pickle.");
        }

        EnsureValue(value);
        return value;
    }

    private void Run(byte opcode)
    {
        switch (opcode)
        {
            case Opcode.Proto: ReadProtocol(); break;
            case Opcode.Frame: ReadFrame(); break;
            case Opcode.None: Push(null); break;
            case Opcode.NewTrue: Push(true); break;
            case Opcode.NewFalse: Push(false); break;
            case Opcode.BinInt1: Push((int)TakeByte()); break;
            case Opcode.BinInt2: Push((int)BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)))); break;
            case Opcode.BinInt: Push(BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)))); break;
            case Opcode.Long1: Push(ToInteger(Take(TakeByte()))); break;
            case Opcode.Long4: Push(ToInteger(Take(TakeInt32Length()))); break;
            case Opcode.Int: Push(ParseInt(TakeLine())); break;
            case Opcode.Long: Push(ParseLong(TakeLine())); break;
            case Opcode.BinFloat: Push(BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double)))); break;
            case Opcode.Float: Push(ParseFloat(TakeLine())); break;
            case Opcode.ShortBinUnicode: Push(PythonText.FromUtf8(Take(TakeByte()))); break;
            case Opcode.BinUnicode: Push(PythonText.FromUtf8(Take(TakeUInt32Length()))); break;
            case Opcode.BinUnicode8: Push(PythonText.FromUtf8(Take(TakeUInt64Length()))); break;
            case Opcode.Unicode: Push(PythonText.FromRawEscapes(TakeLine())); break;
            case Opcode.ShortBinString: Push(ToNativeString(Take(TakeByte()))); break;
            case Opcode.BinString: Push(ToNativeString(Take(TakeInt32Length()))); break;
            case Opcode.String: Push(ToNativeString(PythonText.FromQuoted(TakeLine()))); break;
            case Opcode.ShortBinBytes: Push(Take(TakeByte()).ToArray()); break;
            case Opcode.BinBytes: Push(Take(TakeUInt32Length()).ToArray()); break;
            case Opcode.BinBytes8 or Opcode.ByteArray8: Push(Take(TakeUInt64Length()).ToArray()); break;
            default: RunContainer(opcode); break;
        }
    }

    private void RunContainer(byte opcode)
    {
        switch (opcode)
        {
            case Opcode.Mark: _marks.Push(_count); break;
            case Opcode.Pop: Discard(); break;
            case Opcode.PopMark: PopTo(PopMark()); break;
            case Opcode.Dup: Push(Top); break;
            case Opcode.EmptyTuple: Push(PythonTuple.Empty); break;
            case Opcode.Tuple1: MakeTuple(StartOf(1)); break;
            case Opcode.Tuple2: MakeTuple(StartOf(2)); break;
            case Opcode.Tuple3: MakeTuple(StartOf(3)); break;
            case Opcode.Tuple: MakeTuple(PopMark()); break;
            case Opcode.EmptyList: Push(new List<object?>()); break;
            case Opcode.List: MakeList(PopMark()); break;
            case Opcode.Append: AddToList(StartOf(1)); break;
            case Opcode.Appends: AddToList(PopMark()); break;
            case Opcode.EmptyDict: Push(NewDict()); break;
            case Opcode.Dict: MakeDict(PopMark()); break;
            case Opcode.SetItem: AddToDict(StartOf(2)); break;
            case Opcode.SetItems: AddToDict(PopMark()); break;
            case Opcode.EmptySet: Push(NewSet()); break;
            case Opcode.AddItems: AddToSet(PopMark()); break;
            case Opcode.FrozenSet: MakeFrozenSet(PopMark()); break;
            case Opcode.Memoize: Memoize(_memoized); break;
            case Opcode.BinPut: Memoize(TakeByte()); break;
            case Opcode.LongBinPut: Memoize(TakeUInt32()); break;
            case Opcode.Put: Memoize(ParseIndex(TakeLine())); break;
            case Opcode.BinGet: Recall(TakeByte()); break;
            case Opcode.LongBinGet: Recall(TakeUInt32()); break;
            case Opcode.Get: Recall(ParseIndex(TakeLine())); break;
            default: RunCall(opcode); break;
        }
    }

    private void RunCall(byte opcode)
    {
        switch (opcode)
        {
            case Opcode.Global: ReadGlobal(); break;
            case Opcode.StackGlobal: MakeGlobal(); break;
            case Opcode.Reduce or Opcode.NewObj: Call(); break;
            case Opcode.Inst: ReadGlobal(); throw PythonGlobal.Refusal("an old instance");
            case Opcode.Obj: throw PythonGlobal.Refusal("an old instance");
            case Opcode.NewObjEx: throw PythonGlobal.Refusal("an object that is made with named arguments");
            case Opcode.Build: throw PythonGlobal.Refusal("the state of an object");
            case Opcode.PersId or Opcode.BinPersId: throw PythonGlobal.Refusal("a persistent id");
            case Opcode.Ext1 or Opcode.Ext2 or Opcode.Ext4: throw PythonGlobal.Refusal("a code of Python's registry of extensions");
            case Opcode.NextBuffer or Opcode.ReadOnlyBuffer: throw PythonGlobal.Refusal("a buffer outside the pickle");
            default:
                throw new PickleException(_position == 1
                    ? $"The message of {_pickle.Length} bytes is no Python pickle: it starts with 0x{opcode:x2}."
                    : $"The Python pickle has 0x{opcode:x2} at byte {_position - 1}, where an instruction should be.");
        }
    }

    private void ReadProtocol()
    {
        byte protocol = TakeByte();
        if (protocol > PythonPickle.NewestProtocolRead)
        {
            throw new PickleException(
                $"The Python pickle is of protocol {protocol}, and {PythonPickle.NewestProtocolRead} is the newest that is known.");
        }
    }

    // Says only how much may be read ahead. Large objects stand between frames.
    private void ReadFrame()
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong))) > (ulong)Remaining)
        {
            throw Truncated();
        }
    }
}
