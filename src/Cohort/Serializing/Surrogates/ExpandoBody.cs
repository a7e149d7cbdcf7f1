using System.ComponentModel;
using System.Dynamic;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>
/// An expando object: its members in order. What it keeps of members that were removed means something only with the
/// classes that this process has made for its objects.
/// </summary>
internal sealed class ExpandoBody : Body<ExpandoObject>
{
    public override bool CanDefer => true;

    public override void Write(PickleWriter writer, ref ExpandoObject value) => WriteContent(writer, value);

    public override ExpandoObject Read(PickleReader reader, int id)
    {
        ExpandoObject value = new();
        reader.SetObject(id, value);
        ReadContent(reader, value);
        return value;
    }

    public override void WriteShape(PickleWriter writer, object value)
    {
    }

    public override void WriteContent(PickleWriter writer, object value)
    {
        KeyValuePair<string, object?>[] members = [.. (ExpandoObject)value];
        writer.WriteLength(members.Length);
        foreach ((string name, object? member) in members)
        {
            writer.Write(name);
            writer.Tracker?.Push("." + name);
            writer.Write(member);
            writer.Tracker?.Pop();
        }

        writer.Tracker?.Push(".PropertyChanged");
        writer.Write(Handlers((ExpandoObject)value));
        writer.Tracker?.Pop();
    }

    public override object ReadShape(PickleReader reader) => new ExpandoObject();

    public override void ReadContent(PickleReader reader, object value)
    {
        IDictionary<string, object?> members = (ExpandoObject)value;
        int count = reader.ReadLength();
        for (int i = 0; i < count; i++)
        {
            string name = reader.Read<string>() ?? throw new PickleException("The message has a member without a name.");
            members[name] = reader.Read<object?>();
        }

        Handlers((ExpandoObject)value) = reader.Read<PropertyChangedEventHandler?>();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_propertyChanged")]
    private static extern ref PropertyChangedEventHandler? Handlers(ExpandoObject value);
}
