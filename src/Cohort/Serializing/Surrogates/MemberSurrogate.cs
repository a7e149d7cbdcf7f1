using System.Reflection;

namespace Cohort.Serializing;

/// <summary>A member that is found among those its type declares, by its token.</summary>
internal abstract class MemberSurrogate<T> : Surrogate<T>
    where T : MemberInfo
{
    protected const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    protected abstract T[] In(Type type);

    protected override void Write(PickleWriter writer, T value)
    {
        writer.WriteType(value.DeclaringType ?? throw writer.Refuse($"{value.Name} belongs to no type and cannot cross processes"));
        writer.WriteInt32(value.MetadataToken);
        ReflectedTypes.Write(writer, value);
    }

    protected override T Read(PickleReader reader, int id)
    {
        Type declaring = reader.ReadType();
        int token = reader.ReadInt32();
        foreach (T candidate in In(declaring))
        {
            if (candidate.MetadataToken == token)
            {
                return (T)ReflectedTypes.Read(reader, candidate);
            }
        }

        throw new PickleException($"The message names a member of {TypeDisplay.Of(declaring)} that it does not have.");
    }
}
