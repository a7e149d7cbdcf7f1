using System.Reflection;

namespace Cohort.Serializing;

/// <summary>Puts a type together again.</summary>
internal sealed class TypeBlobReader(PickleReader reader)
{
    private const int MaxDepth = 100;
    private const int MaxRank = 32;

    private readonly List<Assembly> _assemblies = [];
    private int _depth;

    public Type Read()
    {
        if (++_depth > MaxDepth)
        {
            throw new PickleException("The message names a type that is nested too deep.");
        }

        Type type = ReadNode((TypeNode)reader.ReadByte());
        _depth--;
        return type;
    }

    private Type ReadNode(TypeNode node)
    {
        try
        {
            return node switch
            {
                TypeNode.WellKnown => WellKnownTypes.Get((int)Math.Min(reader.ReadVar(), int.MaxValue)),
                TypeNode.Definition => ReadDefinition(),
                TypeNode.Constructed => ReadConstructed(),
                TypeNode.Vector => Read().MakeArrayType(),
                TypeNode.ShapedArray => ReadShapedArray(),
                TypeNode.Pointer => Read().MakePointerType(),
                TypeNode.ByRef => Read().MakeByRefType(),
                TypeNode.TypeParameter => ReadParameter(),
                TypeNode.MethodParameter => ReadMethodParameter(),
                _ => throw new PickleException("The message names a type in a way that is not known."),
            };
        }
        catch (Exception exception) when (exception is TypeLoadException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new PickleException($"The message names a type that cannot be made: {exception.Message}", exception);
        }
    }

    private Type ReadShapedArray()
    {
        uint rank = reader.ReadVar();
        return rank is > 0 and <= MaxRank
            ? Read().MakeArrayType((int)rank)
            : throw new PickleException("The message names an array of an impossible rank.");
    }

    private Type ReadConstructed()
    {
        Type definition = Read();
        Type[] arguments = new Type[reader.ReadCount()];
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] = Read();
        }

        return definition.MakeGenericType(arguments);
    }

    private Type ReadParameter()
    {
        Type[] parameters = Read().GetGenericArguments();
        return Pick(parameters, reader.ReadVar());
    }

    private Type ReadMethodParameter()
    {
        Type declaring = Read();
        MethodBase method = declaring.Module.ResolveMethod(reader.ReadInt32())!;
        return Pick(method.GetGenericArguments(), reader.ReadVar());
    }

    private static Type Pick(Type[] parameters, uint position) => position < (uint)parameters.Length
        ? parameters[position]
        : throw new PickleException("The message names a type parameter that does not exist.");

    private Type ReadDefinition()
    {
        uint known = reader.ReadVar();
        Assembly assembly = known == 0 ? ReadAssembly() : Known(known - 1);
        string name = reader.ReadString() ?? "";
        return assembly.GetType(name, throwOnError: false)
            ?? throw new PickleException($"The assembly {assembly.GetName().Name} has no type '{name}'.");
    }

    private Assembly Known(uint index) => index < (uint)_assemblies.Count
        ? _assemblies[(int)index]
        : throw new PickleException("The message refers to an assembly that it does not have.");

    private Assembly ReadAssembly()
    {
        Assembly assembly = AssemblyIdentity.Read(reader);
        _assemblies.Add(assembly);
        return assembly;
    }
}
