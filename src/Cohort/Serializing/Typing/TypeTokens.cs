using System.Reflection;

namespace Cohort.Serializing;

/// <summary>
/// Classes by their row in the metadata of an assembly of a known build: no name has to be parsed, which would cost a
/// new process tens of milliseconds. A hash of the name guards against rows that damage has changed.
/// </summary>
internal static class TypeTokens
{
    public const int RowMask = 0x00FFFFFF;

    private const int TypeTable = 0x02000000;

    /// <summary>FNV-1a of the full name.</summary>
    public static uint Check(Type type)
    {
        uint hash = 2166136261;
        foreach (char character in type.FullName ?? type.Name)
        {
            hash = (hash ^ character) * 16777619;
        }

        return hash;
    }

    public static Type Resolve(Assembly assembly, int row, uint check)
    {
        try
        {
            Type type = assembly.ManifestModule.ResolveType(TypeTable | row);
            if (Check(type) == check)
            {
                return type;
            }
        }
        catch (ArgumentException exception)
        {
            throw Unknown(assembly, exception);
        }

        throw Unknown(assembly, null);
    }

    private static PickleException Unknown(Assembly assembly, Exception? cause) =>
        new($"The message names a type that the assembly {assembly.GetName().Name} does not have.", cause);
}
