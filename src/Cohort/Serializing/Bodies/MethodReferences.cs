using System.Reflection;

namespace Cohort.Serializing;

/// <summary>Methods and constructors by declaring type, metadata token and generic arguments.</summary>
internal static class MethodReferences
{
    private const int RowMask = 0x00FFFFFF;
    private const int MethodTable = 0x06000000;

    private static readonly Lock s_gate = new();

    /// <summary>Not concurrent: a new worker has not the time to load such a dictionary for its one method.</summary>
    private static readonly Dictionary<Type, Dictionary<int, MethodBase>> s_methods = [];

    public static void Write(PickleWriter writer, MethodBase method)
    {
        Type? declaring = method.DeclaringType;
        if (declaring is null || (method.MetadataToken & RowMask) == 0 || method.Module.Assembly.IsDynamic)
        {
            throw writer.Refuse(
                $"the method {method.Name} was made at run time and exists only in this process (send the expression tree instead of the compiled delegate)");
        }

        writer.WriteType(declaring);
        writer.WriteVar((uint)(method.MetadataToken & RowMask));
        if (!method.IsGenericMethod)
        {
            writer.WriteByte(0);
            return;
        }

        Type[] arguments = method.GetGenericArguments();
        writer.WriteVar((uint)arguments.Length + (method.IsGenericMethodDefinition ? 0x80u : 0));
        if (!method.IsGenericMethodDefinition)
        {
            foreach (Type argument in arguments)
            {
                writer.WriteType(argument);
            }
        }
    }

    public static MethodBase Read(PickleReader reader)
    {
        Type declaring = reader.ReadType();
        MethodBase method = Find(declaring, (int)(reader.ReadVar() & RowMask));
        uint count = reader.ReadVar();
        if (count is 0 or >= 0x80)
        {
            return method;
        }

        reader.Claim(count);
        Type[] arguments = new Type[count];
        for (int i = 0; i < arguments.Length; i++)
        {
            arguments[i] = reader.ReadType();
        }

        if (method is not MethodInfo { IsGenericMethodDefinition: true } definition || definition.GetGenericArguments().Length != arguments.Length)
        {
            throw new PickleException($"The message gives type arguments to {method}, which takes others.");
        }

        return definition.MakeGenericMethod(arguments);
    }

    private static MethodBase Find(Type declaring, int row)
    {
        if (declaring.IsCollectible)
        {
            return Resolve(declaring, row);
        }

        lock (s_gate)
        {
            if (s_methods.TryGetValue(declaring, out Dictionary<int, MethodBase>? methods) && methods.TryGetValue(row, out MethodBase? known))
            {
                return known;
            }
        }

        MethodBase method = Resolve(declaring, row);
        lock (s_gate)
        {
            if (!s_methods.TryGetValue(declaring, out Dictionary<int, MethodBase>? methods))
            {
                s_methods.Add(declaring, methods = []);
            }

            methods[row] = method;
        }

        return method;
    }

    private static MethodBase Resolve(Type declaring, int row)
    {
        try
        {
            MethodBase method = declaring.Module.ResolveMethod(MethodTable | row)!;
            Type definition = declaring.IsGenericType ? declaring.GetGenericTypeDefinition() : declaring;
            if (method.DeclaringType != definition)
            {
                throw new PickleException($"The message names a method of {TypeDisplay.Of(declaring)} that it does not have.");
            }

            return declaring.IsConstructedGenericType
                ? MethodBase.GetMethodFromHandle(method.MethodHandle, declaring.TypeHandle)!
                : method;
        }
        catch (Exception exception) when (exception is ArgumentException or BadImageFormatException or InvalidOperationException)
        {
            throw new PickleException($"The message names a method of {TypeDisplay.Of(declaring)} that it does not have.", exception);
        }
    }
}
