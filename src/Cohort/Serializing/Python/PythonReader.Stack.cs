namespace Cohort.Serializing.Python;

internal ref partial struct PythonReader
{
    private const int InitialStack = 16;

    /// <summary>In the memo, at a number that nothing has.</summary>
    private static readonly object s_nothing = new();

    /// <summary>What is above the last mark belongs to the instruction that ends it; the rest is out of reach until then.</summary>
    private readonly int Floor => _marks.Count == 0 ? 0 : _marks.Peek();

    private readonly object? Top => _count > Floor ? _stack[_count - 1] : throw Underflow();

    private static PickleException Underflow() => new("The Python pickle takes more from its stack than it has put there.");

    private void Push(object? value)
    {
        if (_count == _stack.Length)
        {
            Array.Resize(ref _stack, _count * 2);
        }

        _stack[_count++] = value;
    }

    private object? Pop()
    {
        object? top = Top;
        _stack[--_count] = null;
        return top;
    }

    /// <summary>Where the last items of the stack start.</summary>
    private readonly int StartOf(int count) => _count - count >= Floor ? _count - count : throw Underflow();

    /// <summary>Where the items above the last mark start, which is gone then.</summary>
    private readonly int PopMark() => _marks.TryPop(out int start) ? start : throw Underflow();

    private readonly ReadOnlySpan<object?> From(int start) => _stack.AsSpan(start, _count - start);

    private void PopTo(int start)
    {
        _stack.AsSpan(start, _count - start).Clear();
        _count = start;
    }

    /// <summary>Takes an item, or the mark if that is the last.</summary>
    private void Discard()
    {
        if (_marks.TryPeek(out int start) && start == _count)
        {
            _marks.Pop();
        }
        else
        {
            Pop();
        }
    }

    private void Memoize(uint index)
    {
        object? top = Top;
        _memoized += Find(index, out _) ? 0 : 1u;
        if (index > _memo.Count + 1)
        {
            (_strayMemo ??= [])[index] = top;
            return;
        }

        // Python 2 counts from one.
        while (_memo.Count <= index)
        {
            _memo.Add(s_nothing);
        }

        _memo[(int)index] = top;
    }

    private void Recall(uint index) =>
        Push(Find(index, out object? known)
            ? known
            : throw new PickleException($"The Python pickle refers to an object {index} that it does not have."));

    private readonly bool Find(uint index, out object? known)
    {
        known = index < _memo.Count ? _memo[(int)index] : s_nothing;
        return !ReferenceEquals(known, s_nothing) || (_strayMemo is not null && _strayMemo.TryGetValue(index, out known));
    }
}
