using System.Runtime.CompilerServices;

namespace Cohort.Serializing;

/// <summary>Chooses the body of a type.</summary>
internal static class BodyFactory
{
    public static Body<T> Create<T>()
    {
        try
        {
            Body body = Choose<T>();
            return body as Body<T> ?? new AdaptedBody<T>(body);
        }
        catch (Exception exception)
        {
            // A static constructor that throws would report every later use as a TypeInitializationException.
            return new RefusedBody<T>($"cannot be pickled: {exception.Message}", exception);
        }
    }

    private static Body Choose<T>()
    {
        Type type = typeof(T);
        if (Picklers.Take(type) is { } pickler)
        {
            return pickler is IPickler<T> typed
                ? new PicklerBody<T>(typed)
                : throw new InvalidOperationException($"{TypeDisplay.Of(pickler.GetType())} is no IPickler<{TypeDisplay.Of(type)}>.");
        }

        // The first types that a new worker meets: they are spared the tables.
        if (typeof(Delegate).IsAssignableFrom(type) && !type.IsAbstract)
        {
            return new DelegateBody<T>();
        }

        if (type.Name.StartsWith("<>c", StringComparison.Ordinal))
        {
            return (Body?)StaticInstanceBody.TryCreate(type) ?? new FieldsBody<T>();
        }

        if (Refusals.Find(type) is { } reason)
        {
            return new RefusedBody<T>(reason, null);
        }

        if (type.IsArray)
        {
            return ForArray(type);
        }

        if (RawTypes.IsRaw(type))
        {
            return new RawBody<T>();
        }

        return SurrogateTable.Find(type) ?? ByShape<T>(type);
    }

    private static Body ByShape<T>(Type type)
    {
        if (typeof(T) == typeof(object))
        {
            return new PlainObjectBody();
        }

        if (type.IsInterface || type.IsAbstract)
        {
            return new RefusedBody<T>("is abstract, there are no objects of exactly this type", null);
        }

        if (typeof(Exception).IsAssignableFrom(type))
        {
            return (Body)Generic.New(typeof(ExceptionBody<>), type);
        }

        if (type.IsValueType && type.IsDefined(typeof(InlineArrayAttribute), inherit: false))
        {
            return (Body)Generic.New(typeof(InlineArrayBody<,>), type, FieldPlan.SingleField(type).FieldType);
        }

        return new FieldsBody<T>();
    }

    private static Body ForArray(Type type)
    {
        Type element = type.GetElementType()!;
        if (element.IsPointer || element.IsFunctionPointer)
        {
            throw new PickleException("Pointers cannot cross processes.");
        }

        if (!type.IsSZArray)
        {
            return (Body)Generic.New(typeof(ShapedArrayBody<,>), type, element);
        }

        return (Body)Generic.New(RawTypes.IsRaw(element) ? typeof(RawArrayBody<>) : typeof(ArrayBody<>), element);
    }
}
