using System.Reflection;
using System.Text;

namespace Cohort.Serializing;

/// <summary>
/// Where in a value the writer is. Only the second write of a value that turned out not to travel keeps one; it is left
/// as it was when the fault was met, so nothing needs to be undone on the way out.
/// </summary>
internal sealed class PathTracker(string rootName)
{
    private const int MaxShown = 40;

    private readonly List<string> _segments = [];

    public void Push(string segment) => _segments.Add(segment);

    public void PushIndex(int index) => _segments.Add($"[{index}]");

    public void PushKey(object? key) => _segments.Add(key is string text ? $"[\"{text}\"]" : $"[{key}]");

    public void PushField(FieldInfo field) => _segments.Add(Describe(field));

    public void Pop() => _segments.RemoveAt(_segments.Count - 1);

    public override string ToString()
    {
        StringBuilder path = new(rootName);
        for (int i = 0; i < _segments.Count; i++)
        {
            if (_segments.Count > MaxShown && i == MaxShown / 2)
            {
                path.Append(" … ");
                i = _segments.Count - (MaxShown / 2);
            }

            path.Append(_segments[i]);
        }

        return path.ToString();
    }

    private static string Describe(FieldInfo field)
    {
        string name = field.Name;
        if (IsClosure(field.DeclaringType!))
        {
            if (name.StartsWith("CS$<>", StringComparison.Ordinal))
            {
                return "";
            }

            return $", captured variable '{(name.Contains("__this", StringComparison.Ordinal) ? "this" : name)}'";
        }

        // Backing fields of properties, captured constructor parameters, locals of iterators: the name stands in brackets.
        int end = name.IndexOf('>', StringComparison.Ordinal);
        return name.StartsWith('<') && end > 1 ? $".{name[1..end]}" : $".{name}";
    }

    private static bool IsClosure(Type type) => type.Name.StartsWith("<>c__DisplayClass", StringComparison.Ordinal);
}
