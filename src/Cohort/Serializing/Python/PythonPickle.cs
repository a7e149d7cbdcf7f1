namespace Cohort.Serializing.Python;

/*
 * Overview. What Python's connections send is a pickle: a program for a small stack machine that builds an object. Here
 * that machine builds the basic types only. A pickle of anything else names a class or a function of Python, and is refused
 * by that name; nothing is ever looked up by a name from a message (see PythonGlobal for the five that are known).
 *
 *   Python                     .NET, read                                .NET, written as that
 *   None                       null; PythonNone as a key                 both
 *   bool                       bool                                      bool
 *   int, long of Python 2      int, else long, else BigInteger           all integer types; enums as their numbers
 *   float                      double                                    double, float, Half
 *   str, unicode of Python 2   string                                    string, char
 *   bytes, bytearray           byte[]                                    byte[], Memory<byte>, ReadOnlyMemory<byte>
 *   str of Python 2            string if it is ASCII, else byte[]        string (ASCII only), to Python 2
 *   list                       List<object?>                             arrays, whatever is an IList
 *   tuple                      PythonTuple                               PythonTuple, Tuple, ValueTuple
 *   dict                       Dictionary<object, object?>               whatever is an IDictionary
 *   set                        HashSet<object?>                          whatever is an ISet<T>
 *   frozenset                  FrozenSet<object?>                        FrozenSet<T>, immutable sets
 *
 * Both directions keep shared references and cycles, and go as deep as memory allows: the reader is the stack machine, the
 * writer has a stack of its own. The reader trusts no byte. Lengths are held against what is left before anything is
 * allocated, elements cannot be more than bytes because each took one to push, and what a few bytes can do again and again
 * (copy a list into a set, hash a key) is paid for from an account that the length of the message fills.
 */

/// <summary>Values to and from pickles of Python, basic types only.</summary>
internal static class PythonPickle
{
    /// <summary>Of Python 2.</summary>
    public const int OldestProtocol = 2;

    /// <summary>What every Python 3 reads.</summary>
    public const int DefaultProtocol = 3;

    /// <summary>The newest that is read, and there is; it came with Python 3.8.</summary>
    public const int NewestProtocolRead = 5;

    [ThreadStatic]
    private static PythonWriter? t_writer;

    /// <summary>The pickle of a value.</summary>
    /// <param name="value">Of the types above, and of nothing else.</param>
    /// <param name="protocol">2 or 3.</param>
    /// <exception cref="PickleException">Something in it is of another type; the path says where.</exception>
    public static byte[] Dumps(object? value, int protocol = DefaultProtocol)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(protocol, OldestProtocol);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(protocol, DefaultProtocol);

        // Taken and put back, because enumerating a collection may run code that comes here again.
        PythonWriter writer = t_writer ?? new PythonWriter();
        t_writer = null;
        byte[] pickle = writer.Write(value, protocol);
        t_writer = writer;
        return pickle;
    }

    /// <summary>The value of a pickle.</summary>
    /// <exception cref="PickleException">The bytes are no pickle, or one of more than basic types.</exception>
    public static object? Loads(ReadOnlySpan<byte> pickle) => new PythonReader(pickle).Read();

    /// <summary>The protocol that a pickle says it is written in; 0 where it says nothing, as 0 and 1 do.</summary>
    public static int ProtocolOf(ReadOnlySpan<byte> pickle) => pickle.Length >= 2 && pickle[0] == Opcode.Proto ? pickle[1] : 0;
}
