using System.Text;

namespace Cohort.Serializing.Python;

internal ref partial struct PythonReader
{
    private static void EnsureValue(object? value)
    {
        if (value is PythonGlobal global)
        {
            throw PythonGlobal.Refusal($"the name {global.Name} on its own");
        }
    }

    private static PickleException WrongArguments(PythonGlobal global) =>
        new($"The Python pickle calls {global.Name} with arguments that make no basic type.");

    private void ReadGlobal()
    {
        string module = PythonText.FromUtf8(TakeLine());
        PushGlobal(module, PythonText.FromUtf8(TakeLine()));
    }

    private void MakeGlobal()
    {
        int start = StartOf(2);
        if (_stack[start] is not string module || _stack[start + 1] is not string name)
        {
            throw new PickleException("The Python pickle refers by name to what has no name.");
        }

        PopTo(start);
        PushGlobal(module, name);
    }

    private void PushGlobal(string module, string name)
    {
        _hasGlobals = true;
        Push(PythonGlobal.Find(module, name));
    }

    private void Call()
    {
        int start = StartOf(2);
        if (_stack[start] is not PythonGlobal global || _stack[start + 1] is not PythonTuple arguments)
        {
            throw new PickleException("The Python pickle calls what is no name, or without arguments.");
        }

        Replace(start, Call(global, arguments.Items));
    }

    private object Call(PythonGlobal global, ReadOnlySpan<object?> arguments)
    {
        if (global == PythonGlobal.Set || global == PythonGlobal.FrozenSet)
        {
            ReadOnlySpan<object?> items = arguments switch
            {
                [] => [],
                [List<object?> list] => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list),
                [PythonTuple tuple] => tuple.Items,
                _ => throw WrongArguments(global),
            };
            PayForCopy(items.Length);
            if (global == PythonGlobal.FrozenSet)
            {
                return NewFrozenSet(items);
            }

            HashSet<object?> set = NewSet();
            Fill(set, items);
            return set;
        }

        switch (arguments)
        {
            case [] when global != PythonGlobal.Encode:
                return Array.Empty<byte>();
            case [byte[] bytes] when global != PythonGlobal.Encode:
                PayForCopy(bytes.Length);
                return bytes.AsSpan().ToArray();
            case [string text, "latin1" or "latin-1"]:
                PayForCopy(text.Length);
                return FromLatin1(text);

            // Bytes of protocol 2 and below that happen to be ASCII, read from a string of Python 2.
            case [string text] when global == PythonGlobal.ByteArray && Ascii.IsValid(text):
                PayForCopy(text.Length);
                return Encoding.ASCII.GetBytes(text);
            default:
                throw WrongArguments(global);
        }
    }

    private void PayForCopy(int count)
    {
        _copiesLeft -= count;
        if (_copiesLeft < 0)
        {
            throw new PickleException("The Python pickle copies the same items so often that they would take far more memory than its length allows.");
        }
    }

    private static byte[] FromLatin1(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            bytes[i] = text[i] <= byte.MaxValue ? (byte)text[i] : throw new PickleException("Bytes in the Python pickle are written as text that is not Latin-1.");
        }

        return bytes;
    }
}
