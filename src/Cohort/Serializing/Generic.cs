using System.Reflection;

namespace Cohort.Serializing;

/// <summary>Closed generic types made at run time.</summary>
internal static class Generic
{
    /// <summary>The value of a static field of <paramref name="definition"/> closed over the arguments.</summary>
    public static object Field(Type definition, string field, params Type[] arguments) =>
        definition.MakeGenericType(arguments).GetField(field, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    /// <summary>The value of a static property of <paramref name="definition"/> closed over the arguments.</summary>
    public static object Property(Type definition, string property, params Type[] arguments) =>
        definition.MakeGenericType(arguments).GetProperty(property, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    /// <summary>A new object of <paramref name="definition"/> closed over the arguments.</summary>
    public static object New(Type definition, params Type[] arguments) =>
        Activator.CreateInstance(definition.MakeGenericType(arguments))!;
}
