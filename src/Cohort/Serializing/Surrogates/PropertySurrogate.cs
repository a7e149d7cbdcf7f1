using System.Reflection;

namespace Cohort.Serializing;

internal sealed class PropertySurrogate : MemberSurrogate<PropertyInfo>
{
    protected override PropertyInfo[] In(Type type) => type.GetProperties(Declared);
}
