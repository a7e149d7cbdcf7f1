using System.Reflection;
using System.Runtime.Serialization;

namespace Cohort.Serializing;

/// <summary>
/// The methods that a type has asked to be called around its transport by the attributes of
/// <see cref="System.Runtime.Serialization"/>, base classes first; and <see cref="IObjectReference"/>.
/// </summary>
internal sealed class Callbacks
{
    private const BindingFlags InstanceMethods =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Callbacks s_none = new();

    private readonly List<MethodInfo> _serializing = [];
    private readonly List<MethodInfo> _serialized = [];
    private readonly List<MethodInfo> _deserializing = [];
    private readonly List<MethodInfo> _deserialized = [];
    private bool _isReference;

    private Callbacks()
    {
    }

    /// <summary>False for nearly all types.</summary>
    public bool Any { get; private set; }

    public static Callbacks Of(Type type)
    {
        // The framework's own callbacks belong to its formatters, which write something else than fields.
        // Classes of closures have none.
        if (type.Assembly == typeof(object).Assembly || type.Name.StartsWith("<>c", StringComparison.Ordinal))
        {
            return s_none;
        }

        Callbacks callbacks = new();
        callbacks.Collect(type);
#pragma warning disable SYSLIB0050 // The one interface that says "replace me with the real object".
        callbacks._isReference = typeof(IObjectReference).IsAssignableFrom(type);
#pragma warning restore SYSLIB0050
        callbacks.Any |= callbacks._isReference;
        return callbacks.Any ? callbacks : s_none;
    }

    public void BeforeWrite(object value) => Invoke(_serializing, value);

    public void AfterWrite(object value) => Invoke(_serialized, value);

    public void BeforeRead(object value) => Invoke(_deserializing, value);

    public object AfterRead(object value)
    {
        Invoke(_deserialized, value);
#pragma warning disable SYSLIB0050
        return _isReference ? ((IObjectReference)value).GetRealObject(default) : value;
#pragma warning restore SYSLIB0050
    }

    private static void Invoke(List<MethodInfo> methods, object value)
    {
        foreach (MethodInfo method in methods)
        {
            method.Invoke(value, BindingFlags.DoNotWrapExceptions, null, [default(StreamingContext)], null);
        }
    }

    private void Collect(Type? type)
    {
        if (type is null || type == typeof(object) || type == typeof(ValueType))
        {
            return;
        }

        Collect(type.BaseType);
        foreach (MethodInfo method in type.GetMethods(InstanceMethods))
        {
            ParameterInfo[] parameters = method.GetParameters();
            if (parameters.Length != 1 || parameters[0].ParameterType != typeof(StreamingContext))
            {
                continue;
            }

            Add<OnSerializingAttribute>(method, _serializing);
            Add<OnSerializedAttribute>(method, _serialized);
            Add<OnDeserializingAttribute>(method, _deserializing);
            Add<OnDeserializedAttribute>(method, _deserialized);
        }
    }

    private void Add<TAttribute>(MethodInfo method, List<MethodInfo> methods)
        where TAttribute : Attribute
    {
        if (method.IsDefined(typeof(TAttribute), inherit: false))
        {
            methods.Add(method);
            Any = true;
        }
    }
}
