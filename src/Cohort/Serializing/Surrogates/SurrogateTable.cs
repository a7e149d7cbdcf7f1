namespace Cohort.Serializing;

/// <summary>Finds the body of a framework type that must not be copied field by field.</summary>
/// <remarks>
/// By name, and each entry in a method of its own, so that looking loads neither assemblies nor types that the program
/// does not use.
/// </remarks>
internal static partial class SurrogateTable
{
    public static Body? Find(Type type)
    {
        if (type == typeof(Singletons) || (IsFramework(type) && Singletons.Contains(type)))
        {
            return new Singletons();
        }

        for (Type? current = type; current is not null && current != typeof(object); current = current.BaseType)
        {
            if (!IsFramework(current) || current == typeof(ValueType))
            {
                continue;
            }

            Type definition = current.IsConstructedGenericType ? current.GetGenericTypeDefinition() : current;
            Body? body = definition.FullName is not { } name ? null
                : current.IsConstructedGenericType ? ForGeneric(name, type, current, current.GetGenericArguments())
                : ForFamily(name, type) ?? (current == type ? ForExact(name) : null);
            if (body is not null)
            {
                return body;
            }
        }

        return null;
    }

    private static bool IsFramework(Type type) =>
        type.FullName?.StartsWith("System.", StringComparison.Ordinal) == true;

    /// <summary>Classes whose derived classes are internal or add nothing that must travel.</summary>
    private static Body? ForFamily(string name, Type type) => name switch
    {
        "System.Type" => new TypeSurrogate(),
        "System.Reflection.MethodBase" => new MethodSurrogate(typeof(System.Reflection.ConstructorInfo).IsAssignableFrom(type)),
        "System.Reflection.FieldInfo" => new FieldSurrogate(),
        "System.Reflection.PropertyInfo" => new PropertySurrogate(),
        "System.Reflection.EventInfo" => new EventSurrogate(),
        "System.Reflection.ParameterInfo" => new ParameterSurrogate(),
        "System.Reflection.Assembly" => new AssemblySurrogate(),
        "System.Reflection.Module" => new ModuleSurrogate(),
        "System.Globalization.CultureInfo" => new CultureSurrogate(),
        "System.Globalization.CompareInfo" => new CompareInfoSurrogate(),
        "System.Globalization.TextInfo" => new TextInfoSurrogate(),
        "System.Text.Encoding" => IsFramework(type) ? new EncodingSurrogate() : null,
        "System.StringComparer" => IsFramework(type) ? new StringComparerSurrogate() : null,
        "System.Text.RegularExpressions.Regex" => MakeRegex(),
        "System.Net.IPAddress" => MakeAddress(),
        "System.Text.Json.Nodes.JsonValue" => MakeJsonValue(),
        "System.Collections.Hashtable" when type.FullName is "System.Collections.Hashtable" or "System.Data.PropertyCollection" || !IsFramework(type) =>
            (Body)Generic.New(typeof(HashtableBody<>), type),
        _ => null,
    };

    private static Body? ForExact(string name) => name switch
    {
        "System.Uri" => new UriSurrogate(),
        "System.TimeZoneInfo" => new TimeZoneSurrogate(),
        "System.Text.StringBuilder" => new StringBuilderSurrogate(),
        "System.IO.MemoryStream" => new MemoryStreamSurrogate(),
        "System.Threading.CancellationToken" => new CancellationTokenBody(),
        "System.Dynamic.ExpandoObject" => MakeExpando(),
        "System.Numerics.BigInteger" => MakeBigInteger(),
        "System.Text.Json.Nodes.JsonArray" => MakeJsonArray(),
        "System.Text.Json.Nodes.JsonObject" => MakeJsonObject(),
        "System.Text.Json.JsonDocument" => MakeJsonDocument(),
        "System.Text.Json.JsonElement" => MakeJsonElement(),
        "System.Data.DataTable" => MakeDataTable(),
        "System.Data.DataSet" => MakeDataSet(),
        "System.Xml.Linq.XName" => MakeXName(),
        "System.Xml.Linq.XNamespace" => MakeXNamespace(),
        "System.Xml.XmlDocument" => MakeXmlDocument(),
        _ => null,
    };
}
