using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>
/// The object that the compiler makes for lambdas that capture nothing: one a process, in a static field of its class.
/// </summary>
internal sealed class StaticInstanceBody : Body
{
    private readonly FieldInfo _field;

    private StaticInstanceBody(FieldInfo field) => _field = field;

    public override Type WireType => _field.DeclaringType!;

    public static StaticInstanceBody? TryCreate(Type type)
    {
        if (!type.Name.StartsWith("<>c", StringComparison.Ordinal) || type.Name.StartsWith("<>c__DisplayClass", StringComparison.Ordinal))
        {
            return null;
        }

        FieldInfo? field = type.GetField("<>9", BindingFlags.Static | BindingFlags.Public);
        return field?.FieldType == type ? new StaticInstanceBody(field) : null;
    }

    public override void WriteObject(PickleWriter writer, object value)
    {
    }

    public override object ReadObject(PickleReader reader, int id) =>
        _field.GetValue(null) ?? RuntimeHelpers.GetUninitializedObject(_field.DeclaringType!);
}
