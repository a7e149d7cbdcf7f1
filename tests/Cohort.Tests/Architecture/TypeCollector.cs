using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Cohort.Tests.Architecture;

/// <summary>
/// Decodes signatures and attributes only to learn which types of the same assembly they mention. What the decoding
/// yields is a type's full name where it has one of its own, else nothing.
/// </summary>
internal sealed class TypeCollector(Action<TypeDefinitionHandle> found)
    : ISignatureTypeProvider<string, object?>, ICustomAttributeTypeProvider<string>
{
    private const string Unnamed = "";

    /// <summary>Types that attribute arguments spell out: metadata keeps <c>typeof(...)</c> there as text.</summary>
    public List<string> SerializedNames { get; } = [];

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        found(handle);
        TypeDefinition type = reader.GetTypeDefinition(handle);
        TypeDefinitionHandle outer = type.GetDeclaringType();
        string name = reader.GetString(type.Name);
        return outer.IsNil
            ? $"{reader.GetString(type.Namespace)}.{name}"
            : $"{GetTypeFromDefinition(reader, outer, rawTypeKind)}.{name}";
    }

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        TypeReference type = reader.GetTypeReference(handle);
        return $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}";
    }

    public string GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, context);

    public string GetTypeFromSerializedName(string name)
    {
        SerializedNames.Add(name);
        return name;
    }

    // Attribute arguments of an enum type are stored by its underlying type, which only the enum's own assembly knows.
    public PrimitiveTypeCode GetUnderlyingEnumType(string type)
    {
        string name = type.Split(',')[0];
        Type? loaded = AppDomain.CurrentDomain.GetAssemblies()
            .Select(assembly => assembly.GetType(name, throwOnError: false))
            .FirstOrDefault(static candidate => candidate is { IsEnum: true });
        return loaded is null
            ? PrimitiveTypeCode.Int32
            : Enum.Parse<PrimitiveTypeCode>(Type.GetTypeCode(loaded).ToString());
    }

    public bool IsSystemType(string type) => type == "System.Type";

    public string GetSystemType() => "System.Type";

    public string GetArrayType(string elementType, ArrayShape shape) => Unnamed;

    public string GetByReferenceType(string elementType) => Unnamed;

    public string GetFunctionPointerType(MethodSignature<string> signature) => Unnamed;

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => genericType;

    public string GetGenericMethodParameter(object? context, int index) => Unnamed;

    public string GetGenericTypeParameter(object? context, int index) => Unnamed;

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

    public string GetPinnedType(string elementType) => elementType;

    public string GetPointerType(string elementType) => Unnamed;

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => Unnamed;

    public string GetSZArrayType(string elementType) => Unnamed;
}
