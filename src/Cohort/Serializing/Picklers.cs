using System.Reflection;

namespace Cohort.Serializing;

/// <summary>The registry of <see cref="IPickler{T}"/>s for types that cannot carry <see cref="PicklableAttribute"/>.</summary>
public static class Picklers
{
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<Type, object> s_registered = [];
    private static readonly HashSet<Type> s_used = [];

    /// <summary>
    /// What a layer above has for types of the framework: makes a type's pickler, or is null. By the type's name, so that no
    /// assembly is loaded for types that are never met.
    /// </summary>
    internal static Func<string, Func<object>?>? OfFramework { get; set; }

    /// <summary>
    /// Makes <paramref name="pickler"/> carry all values of exactly type <typeparamref name="T"/>. Register it on both
    /// sides, before the first value of the type is written or read; a static constructor or a module initializer of
    /// the assembly that sends the values is a good place.
    /// </summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="pickler">The pickler, used from all threads.</param>
    /// <exception cref="ArgumentException">
    /// The type is a string, a primitive type or an enum, which are always written as they are.
    /// </exception>
    /// <exception cref="InvalidOperationException">The type has a pickler already or has been used without one.</exception>
    public static void Register<T>(IPickler<T> pickler)
    {
        ArgumentNullException.ThrowIfNull(pickler);
        if (typeof(T) == typeof(string) || RawTypes.IsAlwaysRaw(typeof(T)))
        {
            throw new ArgumentException(
                $"{TypeDisplay.Of(typeof(T))} cannot have a pickler: strings, primitive types and enums are always written as they are.",
                nameof(pickler));
        }

        lock (s_gate)
        {
            if (s_used.Contains(typeof(T)))
            {
                throw new InvalidOperationException(
                    $"{TypeDisplay.Of(typeof(T))} has already been pickled in this process; register its pickler before the first use, on both sides.");
            }

            if (!s_registered.TryAdd(typeof(T), pickler))
            {
                throw new InvalidOperationException($"{TypeDisplay.Of(typeof(T))} has a registered pickler already.");
            }
        }
    }

    /// <summary>The pickler of a type or null. From here on the answer for this type is final.</summary>
    internal static object? Take(Type type)
    {
        lock (s_gate)
        {
            if (!type.IsCollectible)
            {
                s_used.Add(type);
            }

            if (s_registered.TryGetValue(type, out object? pickler))
            {
                return pickler;
            }
        }

        return FindOfFramework(type)?.Invoke() ?? FromAttribute(type);
    }

    /// <summary>Whether a type has a pickler.</summary>
    internal static bool IsCustom(Type type)
    {
        lock (s_gate)
        {
            if (!type.IsCollectible)
            {
                s_used.Add(type);
            }

            return s_registered.ContainsKey(type) || FindOfFramework(type) is not null || HasAttribute(type);
        }
    }

    private static Func<object>? FindOfFramework(Type type) => type.FullName is { } name ? OfFramework?.Invoke(name) : null;

    private static bool HasAttribute(Type type) =>
        type.Assembly != typeof(object).Assembly && type.IsDefined(typeof(PicklableAttribute), inherit: false);

    private static object? FromAttribute(Type type)
    {
        if (!HasAttribute(type))
        {
            return null;
        }

        Type picklerType = type.GetCustomAttribute<PicklableAttribute>(inherit: false)!.PicklerType;
        if (picklerType.IsGenericTypeDefinition && type.IsGenericType)
        {
            picklerType = picklerType.MakeGenericType(type.GetGenericArguments());
        }

        return Activator.CreateInstance(picklerType, nonPublic: true);
    }
}
