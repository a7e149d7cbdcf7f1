namespace Cohort.Serializing;

/// <summary>Finds the body of a framework type that must not be copied field by field.</summary>
internal static class SurrogateTable
{
    public static Body? Find(Type type)
    {
        if (typeof(Type).IsAssignableFrom(type))
        {
            return new TypeSurrogate();
        }

        if (type == typeof(Singletons) || Singletons.Contains(type))
        {
            return new Singletons();
        }

        return ByDefinition(type);
    }

    private static Body? ByDefinition(Type type)
    {
        for (Type? current = type; current is not null; current = current.BaseType)
        {
            if (!current.IsConstructedGenericType)
            {
                continue;
            }

            Type[] arguments = current.GetGenericArguments();
            Type definition = current.GetGenericTypeDefinition();
            if (definition == typeof(Dictionary<,>))
            {
                return (Body)Generic.New(typeof(DictionaryBody<,,>), type, arguments[0], arguments[1]);
            }

            if (definition == typeof(HashSet<>))
            {
                return (Body)Generic.New(typeof(SetBody<,>), type, arguments[0]);
            }

            if (definition == typeof(List<>) && current == type)
            {
                return (Body)Generic.New(typeof(ListBody<>), arguments);
            }
        }

        return null;
    }
}
