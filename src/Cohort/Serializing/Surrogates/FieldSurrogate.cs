using System.Reflection;

namespace Cohort.Serializing;

internal sealed class FieldSurrogate : MemberSurrogate<FieldInfo>
{
    protected override FieldInfo[] In(Type type) => type.GetFields(Declared);
}
