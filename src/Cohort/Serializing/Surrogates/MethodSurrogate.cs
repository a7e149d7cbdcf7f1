using System.Reflection;

namespace Cohort.Serializing;

/// <summary>A method or constructor, as a delegate names it.</summary>
internal sealed class MethodSurrogate(bool constructor) : Body
{
    public override Type WireType => constructor ? typeof(ConstructorInfo) : typeof(MethodInfo);

    public override void WriteObject(PickleWriter writer, object value)
    {
        MethodReferences.Write(writer, (MethodBase)value);
        ReflectedTypes.Write(writer, (MemberInfo)value);
    }

    public override object ReadObject(PickleReader reader, int id) =>
        ReflectedTypes.Read(reader, MethodReferences.Read(reader));
}
