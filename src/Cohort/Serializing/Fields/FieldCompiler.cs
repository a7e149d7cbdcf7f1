using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>Compiles the access to the fields of a type, private and read-only ones included.</summary>
internal static class FieldCompiler
{
    private const BindingFlags Members = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly MethodInfo s_reserve = typeof(PickleWriter).GetMethod(nameof(PickleWriter.Reserve), Members)!;
    private static readonly MethodInfo s_take = typeof(PickleReader).GetMethod(nameof(PickleReader.Take), Members)!;
    private static readonly MethodInfo s_writeString = typeof(PickleWriter).GetMethod(nameof(PickleWriter.WriteString), Members)!;
    private static readonly MethodInfo s_readString = typeof(PickleReader).GetMethod(nameof(PickleReader.ReadString), Members)!;

    public static FieldWriter<T> CompileWriter<T>(FieldPlan plan)
    {
        DynamicMethod method = Define<T>("WriteFields", typeof(PickleWriter));
        ILGenerator il = method.GetILGenerator();
        LocalBuilder? target = LoadTarget<T>(il);
        if (plan.Raw.Length > 0)
        {
            LocalBuilder place = OpenRaw(il, plan.Raw, s_reserve);
            foreach (FieldInfo field in plan.Raw)
            {
                il.Emit(OpCodes.Ldloc, place);
                EmitTarget(il, target);
                il.Emit(OpCodes.Ldfld, field);
                il.Emit(OpCodes.Unaligned, (byte)1);
                il.Emit(OpCodes.Stobj, field.FieldType);
                Advance(il, place, field);
            }
        }

        foreach (FieldInfo field in plan.Others)
        {
            if (field.FieldType == typeof(string))
            {
                il.Emit(OpCodes.Ldarg_0);
                EmitTarget(il, target);
                il.Emit(OpCodes.Ldfld, field);
                il.Emit(OpCodes.Call, s_writeString);
                continue;
            }

            Type slot = EmitSlot(il, field);
            il.Emit(OpCodes.Ldarg_0);
            EmitTarget(il, target);
            il.Emit(OpCodes.Ldflda, field);
            il.Emit(OpCodes.Callvirt, slot.GetMethod(nameof(Slot<int>.Write))!);
        }

        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<FieldWriter<T>>();
    }

    public static FieldReader<T> CompileReader<T>(FieldPlan plan)
    {
        DynamicMethod method = Define<T>("ReadFields", typeof(PickleReader));
        ILGenerator il = method.GetILGenerator();
        LocalBuilder? target = LoadTarget<T>(il);
        if (plan.Raw.Length > 0)
        {
            LocalBuilder place = OpenRaw(il, plan.Raw, s_take);
            foreach (FieldInfo field in plan.Raw)
            {
                EmitTarget(il, target);
                il.Emit(OpCodes.Ldloc, place);
                il.Emit(OpCodes.Unaligned, (byte)1);
                il.Emit(OpCodes.Ldobj, field.FieldType);
                il.Emit(OpCodes.Stfld, field);
                Advance(il, place, field);
            }
        }

        foreach (FieldInfo field in plan.Others)
        {
            EmitTarget(il, target);
            if (field.FieldType == typeof(string))
            {
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Call, s_readString);
            }
            else
            {
                Type slot = EmitSlot(il, field);
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Callvirt, slot.GetMethod(nameof(Slot<int>.Read))!);
            }

            il.Emit(OpCodes.Stfld, field);
        }

        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<FieldReader<T>>();
    }

    /// <summary>A method of the type's own module, so that it may come from a collectible assembly.</summary>
    private static DynamicMethod Define<T>(string name, Type stream) => new(
        $"{name}<{typeof(T).Name}>", null, [stream, typeof(T).MakeByRefType()], typeof(T).Module, skipVisibility: true);

    private static LocalBuilder? LoadTarget<T>(ILGenerator il)
    {
        if (typeof(T).IsValueType)
        {
            return null;
        }

        LocalBuilder target = il.DeclareLocal(typeof(T));
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldind_Ref);
        il.Emit(OpCodes.Stloc, target);
        return target;
    }

    private static void EmitTarget(ILGenerator il, LocalBuilder? target)
    {
        if (target is null)
        {
            il.Emit(OpCodes.Ldarg_1);
        }
        else
        {
            il.Emit(OpCodes.Ldloc, target);
        }
    }

    /// <summary>Asks once for the memory of all raw fields together.</summary>
    private static LocalBuilder OpenRaw(ILGenerator il, FieldInfo[] fields, MethodInfo open)
    {
        LocalBuilder place = il.DeclareLocal(typeof(byte).MakeByRefType());
        il.Emit(OpCodes.Ldarg_0);
        for (int i = 0; i < fields.Length; i++)
        {
            il.Emit(OpCodes.Sizeof, fields[i].FieldType);
            if (i > 0)
            {
                il.Emit(OpCodes.Add);
            }
        }

        il.Emit(OpCodes.Call, open);
        il.Emit(OpCodes.Stloc, place);
        return place;
    }

    private static void Advance(ILGenerator il, LocalBuilder place, FieldInfo field)
    {
        il.Emit(OpCodes.Ldloc, place);
        il.Emit(OpCodes.Sizeof, field.FieldType);
        il.Emit(OpCodes.Add);
        il.Emit(OpCodes.Stloc, place);
    }

    private static Type EmitSlot(ILGenerator il, FieldInfo field)
    {
        Type slot = typeof(Slot<>).MakeGenericType(field.FieldType);

        // An initialised read-only static is a constant to the JIT, which then also knows the exact class of the slot.
        RuntimeHelpers.RunClassConstructor(slot.TypeHandle);
        il.Emit(OpCodes.Ldsfld, slot.GetField(nameof(Slot<int>.Instance))!);
        return slot;
    }
}
