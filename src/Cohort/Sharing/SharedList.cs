using System.Collections;
using System.Text;
using Cohort.Serializing;

namespace Cohort.Sharing;

/// <summary>
/// A list of fixed length in shared memory, whose items other processes can read and replace: Python's
/// <c>ShareableList</c>, byte for byte.
/// </summary>
/// <remarks>
/// <para>
/// Items are <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>, byte arrays and null. Smaller
/// integers and <see cref="float"/> are taken and come back as the wide ones. An item may be replaced by one of another
/// type, but a string or byte array has to fit into the slot that the first item got.
/// </para>
/// <para>
/// Strings and byte arrays come back without their final zeros, as in Python: the layout fills slots with zeros and has no
/// length.
/// </para>
/// <para>
/// Nothing here synchronises: who reads an item while another process replaces it may get a mixture of both. Python 3.8 has
/// another layout; its lists can be opened here, but not the other way round.
/// </para>
/// </remarks>
[Picklable(typeof(SharedListPickler))]
public sealed class SharedList : IReadOnlyList<object?>, IDisposable, IAsyncDisposable
{
    private readonly SharedListLayout _layout;

    private SharedList(SharedMemory memory, SharedListLayout layout)
    {
        Memory = memory;
        _layout = layout;
    }

    /// <summary>The memory that the list is in.</summary>
    public SharedMemory Memory { get; }

    /// <summary>The name of that memory, by which other processes open the list.</summary>
    public string Name => Memory.Name;

    /// <summary>The number of items, which never changes.</summary>
    public int Count => _layout.Count;

    /// <summary>How each item is stored, in the language of Python's struct module, such as <c>qd16s</c>.</summary>
    /// <exception cref="ObjectDisposedException">The list is disposed.</exception>
    public string Format
    {
        get
        {
            StringBuilder format = new();
            for (int i = 0; i < Count; i++)
            {
                format.Append(SharedListItem.FormatOf(FormatAt(i)));
            }

            GC.KeepAlive(Memory);
            return format.ToString();
        }
    }

    /// <summary>An item: a copy of what is there now.</summary>
    /// <param name="index">From zero to below <see cref="Count"/>.</param>
    /// <exception cref="ArgumentException">The new value is of a type that cannot be in a list, or does not fit into the slot.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such item, or an integer is above the range of a long.</exception>
    /// <exception cref="InvalidDataException">Another process has written what cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The list is disposed.</exception>
    public object? this[int index]
    {
        get
        {
            ThrowIfOutside(index);
            object? value = SharedListItem.Read(SlotAt(index), FormatAt(index), CodeAt(index)[0]);
            GC.KeepAlive(Memory);
            return value;
        }

        set
        {
            ThrowIfOutside(index);
            SharedListItem item = SharedListItem.From(value);
            Span<byte> slot = SlotAt(index);
            if (!item.FitsInto(slot.Length))
            {
                throw new ArgumentException(
                    $"The value does not fit into item {index}, which has {slot.Length} bytes. The first value of an item settles its size.",
                    nameof(value));
            }

            item.Write(slot, FormatAt(index), ref CodeAt(index)[0]);
            GC.KeepAlive(Memory);
        }
    }

    /// <summary>Makes a list. It appears under its name in one step, with its items.</summary>
    /// <param name="items">The items; their number and the sizes of strings and byte arrays are fixed from here on.</param>
    /// <param name="name">As of <see cref="SharedMemory.Create(long, string, UnixFileMode, bool)"/>.</param>
    /// <param name="mode">Who may open it: by default only this user.</param>
    /// <returns>The list.</returns>
    /// <exception cref="ArgumentException">
    /// An item is of a type that cannot be in a list, or has more than 9,999,991 bytes, or the name cannot be one.
    /// </exception>
    /// <exception cref="IOException">As of <see cref="SharedMemory.Create(long, string, UnixFileMode, bool)"/>.</exception>
    public static SharedList Create(
        IEnumerable<object?> items, string? name = null, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        ArgumentNullException.ThrowIfNull(items);
        SharedListItem[] packed = [.. items.Select(SharedListItem.From)];
        SharedListLayout layout = SharedListLayout.For(packed);
        SharedMemory memory = SharedMemory.Create(layout.TotalLength, name, mode, fill: memory =>
        {
            layout.WriteTo(memory);
            SharedList list = new(memory, layout);
            for (int i = 0; i < packed.Length; i++)
            {
                packed[i].Write(list.SlotAt(i), list.FormatAt(i), ref list.CodeAt(i)[0]);
            }
        });
        return new SharedList(memory, layout);
    }

    /// <summary>Opens a list that exists.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The list.</returns>
    /// <exception cref="FileNotFoundException">Nothing has this name.</exception>
    /// <exception cref="InvalidDataException">The memory holds no list.</exception>
    /// <exception cref="IOException">As of <see cref="SharedMemory.Open"/>, whose other exceptions apply too.</exception>
    public static SharedList Open(string name) => Over(SharedMemory.Open(name));

    /// <summary>Where an item is; -1 when it is nowhere.</summary>
    /// <param name="value">
    /// Equal by type and content: unlike in Python, <c>1</c>, <c>1.0</c> and <c>true</c> are different. Final zeros of a string
    /// or byte array do not count.
    /// </param>
    /// <returns>The first index.</returns>
    /// <exception cref="ArgumentException">Such a value cannot be in a list.</exception>
    /// <exception cref="ObjectDisposedException">The list is disposed.</exception>
    public int IndexOf(object? value)
    {
        SharedListItem sought = SharedListItem.From(value);
        for (int i = 0; i < Count; i++)
        {
            if (SharedListItem.AreEqual(sought, SharedListItem.From(this[i])))
            {
                return i;
            }
        }

        Memory.ThrowIfDisposed();
        return -1;
    }

    /// <summary>How often an item occurs.</summary>
    /// <param name="value">As of <see cref="IndexOf"/>.</param>
    /// <returns>The number of equal items.</returns>
    /// <exception cref="ArgumentException">Such a value cannot be in a list.</exception>
    /// <exception cref="ObjectDisposedException">The list is disposed.</exception>
    public int CountOf(object? value)
    {
        SharedListItem sought = SharedListItem.From(value);
        Memory.ThrowIfDisposed();
        return this.Count(item => SharedListItem.AreEqual(sought, SharedListItem.From(item)));
    }

    /// <summary>The items, each read when it is reached.</summary>
    /// <returns>The enumerator.</returns>
    public IEnumerator<object?> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc cref="SharedMemory.Unlink()"/>
    public void Unlink() => Memory.Unlink();

    /// <summary>Unmaps the list here. The name stays until <see cref="Unlink"/>.</summary>
    public void Dispose() => Memory.Dispose();

    /// <inheritdoc cref="Dispose"/>
    /// <returns>A completed task.</returns>
    public ValueTask DisposeAsync() => Memory.DisposeAsync();

    /// <summary>The list in memory that is open; the memory is disposed when it holds none.</summary>
    internal static SharedList Over(SharedMemory memory)
    {
        try
        {
            return new SharedList(memory, SharedListLayout.Read(memory));
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private void ThrowIfOutside(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }

    private Span<byte> SlotAt(int index) => Memory.Borrow(_layout.SlotOf(index), _layout.SlotLengthOf(index));

    private Span<byte> FormatAt(int index) => Memory.Borrow(_layout.FormatOf(index), SharedListItem.FormatLength);

    private Span<byte> CodeAt(int index) => Memory.Borrow(_layout.CodeOf(index), 1);
}
