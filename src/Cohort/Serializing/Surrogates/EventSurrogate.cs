using System.Reflection;

namespace Cohort.Serializing;

internal sealed class EventSurrogate : MemberSurrogate<EventInfo>
{
    protected override EventInfo[] In(Type type) => type.GetEvents(Declared);
}
