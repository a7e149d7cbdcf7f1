using System.Reflection;

namespace Cohort.Serializing;

/// <summary>The derived type through which an inherited member was found, which is part of its identity.</summary>
internal static class ReflectedTypes
{
    private const BindingFlags All =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;

    public static void Write(PickleWriter writer, MemberInfo member)
    {
        bool inherited = member.ReflectedType is { } reflected && reflected != member.DeclaringType;
        writer.WriteBoolean(inherited);
        if (inherited)
        {
            writer.WriteType(member.ReflectedType!);
        }
    }

    public static MemberInfo Read(PickleReader reader, MemberInfo declared)
    {
        if (!reader.ReadBoolean())
        {
            return declared;
        }

        foreach (MemberInfo candidate in reader.ReadType().GetMember(declared.Name, declared.MemberType, All))
        {
            if (candidate.HasSameMetadataDefinitionAs(declared) && candidate.DeclaringType == declared.DeclaringType)
            {
                return declared is MethodInfo { IsGenericMethod: true, IsGenericMethodDefinition: false } method
                    ? ((MethodInfo)candidate).MakeGenericMethod(method.GetGenericArguments())
                    : candidate;
            }
        }

        return declared;
    }
}
