using System.Reflection;

namespace Cohort.Serializing;

/// <summary>A parameter by its method or property and its position.</summary>
internal sealed class ParameterSurrogate : Surrogate<ParameterInfo>
{
    protected override void Write(PickleWriter writer, ParameterInfo value)
    {
        writer.Write(value.Member);
        writer.WriteInt32(value.Position);
    }

    protected override ParameterInfo Read(PickleReader reader, int id)
    {
        MemberInfo member = reader.Read<MemberInfo>();
        int position = reader.ReadInt32();
        ParameterInfo[] parameters = member switch
        {
            MethodInfo method when position == -1 => [method.ReturnParameter],
            MethodBase method => method.GetParameters(),
            PropertyInfo property => property.GetIndexParameters(),
            _ => [],
        };
        position = Math.Max(position, 0);
        return position < parameters.Length
            ? parameters[position]
            : throw new PickleException("The message names a parameter that does not exist.");
    }
}
