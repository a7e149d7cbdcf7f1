using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cohort.Serializing.Python;

internal sealed partial class PythonWriter
{
    /// <summary>Writes a value, or opens a frame for one with items.</summary>
    private void Begin(object? value, bool isKey)
    {
        switch (value)
        {
            case null or PythonNone: WriteOpcode(Opcode.None); break;
            case string text: WriteText(text); break;
            case int number: WriteInt(number); break;
            case bool truth: WriteOpcode(truth ? Opcode.NewTrue : Opcode.NewFalse); break;
            case double real: WriteFloat(real); break;
            case long number: WriteLong(number); break;
            default:
                PythonKind kind = PythonKinds.Of(value.GetType());
                if (kind <= PythonKind.LastLeaf)
                {
                    WriteLeaf(value, kind);
                }
                else
                {
                    Open(value, kind, isKey);
                }

                break;
        }
    }

    private void WriteLeaf(object value, PythonKind kind)
    {
        switch (kind)
        {
            case PythonKind.Integer: WriteLong(((IConvertible)value).ToInt64(null)); break;
            case PythonKind.UnsignedInteger: WriteBig(((IConvertible)value).ToUInt64(null)); break;
            case PythonKind.Float: WriteFloat(value is Half half ? (double)half : ((IConvertible)value).ToDouble(null)); break;
            case PythonKind.Character: WriteText(value.ToString()!); break;
            case PythonKind.Bytes: WriteBytes(value, (byte[])value); break;
            case PythonKind.Memory: WriteBytes(null, value is Memory<byte> memory ? memory.Span : ((ReadOnlyMemory<byte>)value).Span); break;
            case PythonKind.BigInteger:
                WriteBig(value switch
                {
                    Int128 wide => wide,
                    UInt128 wide => wide,
                    _ => (BigInteger)value,
                });
                break;
            default: throw new PickleException(PythonKinds.Refusal(value.GetType()));
        }
    }

    private void WriteInt(int number)
    {
        if (number is >= 0 and <= byte.MaxValue)
        {
            WriteOpcode(Opcode.BinInt1, (byte)number);
        }
        else if (number is >= 0 and <= ushort.MaxValue)
        {
            Span<byte> bytes = Reserve(1 + sizeof(ushort));
            bytes[0] = Opcode.BinInt2;
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[1..], (ushort)number);
        }
        else
        {
            WriteOpcode(Opcode.BinInt, (uint)number);
        }
    }

    private void WriteLong(long number)
    {
        if (number == (int)number)
        {
            WriteInt((int)number);
        }
        else
        {
            WriteBig(number);
        }
    }

    private void WriteBig(BigInteger number)
    {
        if (number >= int.MinValue && number <= int.MaxValue)
        {
            WriteInt((int)number);
            return;
        }

        int length = number.GetByteCount();
        if (length <= byte.MaxValue)
        {
            WriteOpcode(Opcode.Long1, (byte)length);
        }
        else
        {
            WriteOpcode(Opcode.Long4, (uint)length);
        }

        number.TryWriteBytes(Reserve(length), out _);
    }

    private void WriteFloat(double number)
    {
        Span<byte> bytes = Reserve(1 + sizeof(double));
        bytes[0] = Opcode.BinFloat;
        BinaryPrimitives.WriteDoubleBigEndian(bytes[1..], number);
    }

    private void WriteText(string text)
    {
        if (Recall(text))
        {
            return;
        }

        // Python 2 has two types of text, which are equal and hash alike where both are ASCII. Its own names are of this one.
        if (_protocol < PythonPickle.DefaultProtocol && Ascii.IsValid(text))
        {
            if (text.Length <= byte.MaxValue)
            {
                WriteOpcode(Opcode.ShortBinString, (byte)text.Length);
            }
            else
            {
                WriteOpcode(Opcode.BinString, (uint)text.Length);
            }

            Encoding.ASCII.GetBytes(text, Reserve(text.Length));
        }
        else
        {
            WriteUnicode(text);
        }

        Memoize(text);
    }

    private void WriteUnicode(ReadOnlySpan<char> text)
    {
        int length = PythonText.Utf8Length(text);
        WriteOpcode(Opcode.BinUnicode, (uint)length);
        PythonText.ToUtf8(text, Reserve(length));
    }

    private void WriteBytes(object? source, ReadOnlySpan<byte> bytes)
    {
        if (source is not null && Recall(source))
        {
            return;
        }

        if (_protocol < PythonPickle.DefaultProtocol)
        {
            WriteEncodedBytes(bytes);
        }
        else if (bytes.Length <= byte.MaxValue)
        {
            WriteOpcode(Opcode.ShortBinBytes, (byte)bytes.Length);
            bytes.CopyTo(Reserve(bytes.Length));
        }
        else
        {
            WriteOpcode(Opcode.BinBytes, (uint)bytes.Length);
            bytes.CopyTo(Reserve(bytes.Length));
        }

        Memoize(source);
    }

    // Protocol 2 has no bytes. Python 3 writes them as a call that gives bytes there and the same string in Python 2.
    private void WriteEncodedBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            WriteGlobal(PythonGlobal.Bytes);
            WriteOpcode(Opcode.EmptyTuple);
            WriteOpcode(Opcode.Reduce);
            return;
        }

        WriteGlobal(PythonGlobal.Encode);
        WriteUnicode(Encoding.Latin1.GetString(bytes));
        Memoize(null);
        if (!Recall(PythonGlobal.Latin1))
        {
            WriteUnicode(PythonGlobal.Latin1);
            Memoize(PythonGlobal.Latin1);
        }

        WriteOpcode(Opcode.Tuple2);
        Memoize(null);
        WriteOpcode(Opcode.Reduce);
    }

    private void WriteGlobal(PythonGlobal global)
    {
        if (Recall(global))
        {
            return;
        }

        string module = global == PythonGlobal.Encode ? "_codecs"
            : _protocol < PythonPickle.DefaultProtocol ? "__builtin__" : "builtins";
        WriteOpcode(Opcode.Global);
        WriteLine(module);
        WriteLine(global.Name);
        Memoize(global);
    }

    private void WriteLine(string name)
    {
        Encoding.ASCII.GetBytes(name, Reserve(name.Length));
        WriteOpcode((byte)'\n');
    }
}
