using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Cohort.Tests.Architecture;

/// <summary>
/// Reads an assembly's metadata and instructions, without loading it, into what the architecture rules ask for: which
/// type mentions which other type, and which foreign members it touches.
/// </summary>
internal sealed class AssemblyInspector
{
    private readonly PEReader _image;
    private readonly MetadataReader _metadata;
    private readonly Dictionary<TypeDefinitionHandle, InspectedType> _types = [];
    private readonly Dictionary<string, InspectedType> _byName = new(StringComparer.Ordinal);

    private AssemblyInspector(PEReader image)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
    }

    public static IReadOnlyList<InspectedType> Inspect(string path) => Inspect(File.ReadAllBytes(path));

    public static IReadOnlyList<InspectedType> Inspect(byte[] assembly)
    {
        using PEReader image = new(ImmutableArray.Create(assembly));
        AssemblyInspector inspector = new(image);
        inspector.Run();
        return [.. inspector._byName.Values];
    }

    private void Run()
    {
        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            TopLevel(handle);
        }

        foreach (TypeDefinitionHandle handle in _metadata.TypeDefinitions)
        {
            ReadType(handle, _types[handle]);
        }
    }

    /// <summary>The top-level type that a type belongs to, or is.</summary>
    private InspectedType TopLevel(TypeDefinitionHandle handle)
    {
        if (_types.TryGetValue(handle, out InspectedType? known))
        {
            return known;
        }

        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        TypeDefinitionHandle outer = type.GetDeclaringType();
        if (!outer.IsNil)
        {
            return _types[handle] = TopLevel(outer);
        }

        string name = _metadata.GetString(type.Name);
        InspectedType made = new(_metadata.GetString(type.Namespace), name, name.StartsWith('<') || IsGenerated(type));
        _byName[made.FullName] = made;
        return _types[handle] = made;
    }

    private bool IsGenerated(TypeDefinition type) => type.GetCustomAttributes()
        .Select(handle => AttributeName(_metadata.GetCustomAttribute(handle)))
        .Any(static name => name is "System.Runtime.CompilerServices.CompilerGeneratedAttribute"
            or "System.CodeDom.Compiler.GeneratedCodeAttribute" or "Microsoft.CodeAnalysis.EmbeddedAttribute");

    private string AttributeName(CustomAttribute attribute) => attribute.Constructor.Kind switch
    {
        HandleKind.MemberReference => NameOf(_metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent),
        _ => NameOf(_metadata.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType()),
    };

    private void ReadType(TypeDefinitionHandle handle, InspectedType user)
    {
        TypeDefinition type = _metadata.GetTypeDefinition(handle);
        string where = NameOf(handle);
        Use(user, type.BaseType, where);
        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
        {
            Use(user, _metadata.GetInterfaceImplementation(implementation).Interface, where);
        }

        UseConstraints(user, type.GetGenericParameters(), where);
        UseAttributes(user, type.GetCustomAttributes(), where);
        foreach (FieldDefinitionHandle fieldHandle in type.GetFields())
        {
            FieldDefinition field = _metadata.GetFieldDefinition(fieldHandle);
            string place = $"{where}.{_metadata.GetString(field.Name)}";
            field.DecodeSignature(Collector(user, place), null);
            UseAttributes(user, field.GetCustomAttributes(), place);
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            ReadMethod(_metadata.GetMethodDefinition(method), user, where);
        }
    }

    private void ReadMethod(MethodDefinition method, InspectedType user, string typeName)
    {
        string place = $"{typeName}.{_metadata.GetString(method.Name)}";
        method.DecodeSignature(Collector(user, place), null);
        UseConstraints(user, method.GetGenericParameters(), place);
        UseAttributes(user, method.GetCustomAttributes(), place);
        if (method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
        {
            user.NativeImports.Add(place);
        }

        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        MethodBodyBlock body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(Collector(user, place), null);
        }

        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            Use(user, region.CatchType, place);
        }

        foreach (EntityHandle token in CodeReader.Tokens(body.GetILBytes()!))
        {
            Use(user, token, place);
        }
    }

    private void UseConstraints(InspectedType user, GenericParameterHandleCollection parameters, string where)
    {
        foreach (GenericParameterConstraintHandle constraint in parameters
            .SelectMany(handle => _metadata.GetGenericParameter(handle).GetConstraints()))
        {
            Use(user, _metadata.GetGenericParameterConstraint(constraint).Type, where);
        }
    }

    private void UseAttributes(InspectedType user, CustomAttributeHandleCollection attributes, string where)
    {
        foreach (CustomAttribute attribute in attributes.Select(_metadata.GetCustomAttribute))
        {
            Use(user, attribute.Constructor, where);
            TypeCollector collector = Collector(user, where);
            attribute.DecodeValue(collector);
            foreach (string name in collector.SerializedNames)
            {
                if (_byName.TryGetValue(name.Split(',', '+', '[')[0], out InspectedType? used))
                {
                    user.UsedTypes.TryAdd(used.FullName, where);
                }
            }
        }
    }

    private TypeCollector Collector(InspectedType user, string where) =>
        new(found => user.UsedTypes.TryAdd(_types[found].FullName, where));

    private void Use(InspectedType user, EntityHandle what, string where)
    {
        if (what.IsNil)
        {
            return;
        }

        switch (what.Kind)
        {
            case HandleKind.TypeDefinition:
                user.UsedTypes.TryAdd(_types[(TypeDefinitionHandle)what].FullName, where);
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)what).DecodeSignature(Collector(user, where), null);
                break;
            case HandleKind.MethodDefinition:
                Use(user, _metadata.GetMethodDefinition((MethodDefinitionHandle)what).GetDeclaringType(), where);
                break;
            case HandleKind.FieldDefinition:
                Use(user, _metadata.GetFieldDefinition((FieldDefinitionHandle)what).GetDeclaringType(), where);
                break;
            case HandleKind.MethodSpecification:
                MethodSpecification generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)what);
                generic.DecodeSignature(Collector(user, where), null);
                Use(user, generic.Method, where);
                break;
            case HandleKind.MemberReference:
                UseMember(user, _metadata.GetMemberReference((MemberReferenceHandle)what), where);
                break;
            case HandleKind.StandaloneSignature:
                _metadata.GetStandaloneSignature((StandaloneSignatureHandle)what).DecodeMethodSignature(Collector(user, where), null);
                break;
        }
    }

    private void UseMember(InspectedType user, MemberReference member, string where)
    {
        Use(user, member.Parent, where);
        user.UsedMembers.TryAdd($"{NameOf(member.Parent)}.{_metadata.GetString(member.Name)}", where);
        if (member.GetKind() == MemberReferenceKind.Method)
        {
            member.DecodeMethodSignature(Collector(user, where), null);
        }
        else
        {
            member.DecodeFieldSignature(Collector(user, where), null);
        }
    }

    private string NameOf(EntityHandle type)
    {
        TypeCollector names = new(static _ => { });
        return type.Kind switch
        {
            HandleKind.TypeDefinition => names.GetTypeFromDefinition(_metadata, (TypeDefinitionHandle)type, 0),
            HandleKind.TypeReference => names.GetTypeFromReference(_metadata, (TypeReferenceHandle)type, 0),
            HandleKind.TypeSpecification => names.GetTypeFromSpecification(_metadata, null, (TypeSpecificationHandle)type, 0),
            _ => "",
        };
    }
}
