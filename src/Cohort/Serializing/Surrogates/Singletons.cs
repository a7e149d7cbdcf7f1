namespace Cohort.Serializing;

/// <summary>Objects of which each process has one, known by number. The order is part of the format.</summary>
internal sealed class Singletons : Body
{
    private static readonly object[] s_objects =
    [
        DBNull.Value, System.Reflection.Missing.Value, StringComparer.Ordinal, StringComparer.OrdinalIgnoreCase,
        ReferenceEqualityComparer.Instance, Random.Shared, TimeProvider.System,
    ];

    public override Type WireType => typeof(Singletons);

    public override bool IsSubstitute => true;

    /// <summary>Whether all objects of the type are such: they have internal sealed types of their own.</summary>
    public static bool Contains(Type type)
    {
        foreach (object candidate in s_objects)
        {
            if (candidate.GetType() == type)
            {
                return true;
            }
        }

        return false;
    }

    public override void WriteObject(PickleWriter writer, object value)
    {
        for (int i = 0; i < s_objects.Length; i++)
        {
            if (s_objects[i].GetType() == value.GetType())
            {
                writer.WriteByte((byte)i);
                return;
            }
        }

        throw writer.Refuse($"{TypeDisplay.Of(value.GetType())} cannot cross processes");
    }

    public override object ReadObject(PickleReader reader, int id)
    {
        byte number = reader.ReadByte();
        return number < s_objects.Length ? s_objects[number] : throw new PickleException("The message names an object that is not known.");
    }
}
