using System.Reflection;

namespace Cohort.Serializing;

/// <summary>Takes a type apart for <see cref="TypeBlobs"/>.</summary>
internal sealed class TypeBlobWriter(PickleWriter writer)
{
    private readonly List<Assembly> _assemblies = [];

    public void Write(Type type)
    {
        int code = WellKnownTypes.CodeOf(type);
        if (code >= 0)
        {
            Start(TypeNode.WellKnown);
            writer.WriteVar((uint)code);
        }
        else if (type.IsArray)
        {
            WriteArray(type);
        }
        else if (type.IsPointer || type.IsByRef)
        {
            Start(type.IsPointer ? TypeNode.Pointer : TypeNode.ByRef);
            Write(type.GetElementType()!);
        }
        else if (type.IsGenericParameter)
        {
            WriteParameter(type);
        }
        else if (type.IsFunctionPointer)
        {
            throw new PickleException($"{type} is a function pointer type and cannot cross processes");
        }
        else if (type.IsConstructedGenericType)
        {
            WriteConstructed(type);
        }
        else
        {
            WriteDefinition(type);
        }
    }

    private void Start(TypeNode node) => writer.WriteByte((byte)node);

    private void WriteArray(Type type)
    {
        if (type.IsSZArray)
        {
            Start(TypeNode.Vector);
        }
        else
        {
            Start(TypeNode.ShapedArray);
            writer.WriteVar((uint)type.GetArrayRank());
        }

        Write(type.GetElementType()!);
    }

    private void WriteConstructed(Type type)
    {
        Start(TypeNode.Constructed);
        Write(type.GetGenericTypeDefinition());
        Type[] arguments = type.GetGenericArguments();
        writer.WriteVar((uint)arguments.Length);
        foreach (Type argument in arguments)
        {
            Write(argument);
        }
    }

    private void WriteParameter(Type type)
    {
        if (type.DeclaringMethod is { } method)
        {
            Start(TypeNode.MethodParameter);
            Write(method.DeclaringType!);
            writer.WriteInt32(method.MetadataToken);
        }
        else
        {
            Start(TypeNode.TypeParameter);
            Write(type.DeclaringType!);
        }

        writer.WriteVar((uint)type.GenericParameterPosition);
    }

    private void WriteDefinition(Type type)
    {
        Start(TypeNode.Definition);
        int known = _assemblies.IndexOf(type.Assembly);
        writer.WriteVar((uint)known + 1);
        if (known < 0)
        {
            AssemblyIdentity.Of(type.Assembly).Write(writer);
            _assemblies.Add(type.Assembly);
        }

        writer.WriteString(type.FullName);
    }
}
