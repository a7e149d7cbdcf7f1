using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using Cohort.Serializing;
using Microsoft.CodeAnalysis;

namespace Cohort.Analyzers;

/// <summary>
/// Which types cannot travel, as far as declarations tell. The answer is about the declared type: an interface, an object
/// or a type parameter may hold anything, and nothing is said of it.
/// </summary>
internal sealed class TravellingTypes(Compilation compilation)
{
    /// <summary>How many fields deep is looked. What lies deeper is found at run time.</summary>
    private const int Depth = 5;

    private static readonly SymbolDisplayFormat s_metadataName = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces);

    private readonly ConcurrentDictionary<ITypeSymbol, Obstacle?> _known = new(SymbolEqualityComparer.Default);
    private readonly OwnPicklers _own = new(compilation);

    /// <summary>What keeps values of a type from travelling; null if nothing is known to.</summary>
    public Obstacle? Find(ITypeSymbol type) => _known.GetOrAdd(type, asked => Find(asked, Depth, []));

    private Obstacle? Find(ITypeSymbol type, int depth, HashSet<ITypeSymbol> path)
    {
        switch (type)
        {
            case IPointerTypeSymbol or IFunctionPointerTypeSymbol:
                return new Obstacle("", type, RefusedNames.Reason("System.IntPtr")!);
            case IArrayTypeSymbol array:
                return Find(array.ElementType, depth, path)?.Below("[]");
            case INamedTypeSymbol { TypeKind: TypeKind.Class or TypeKind.Struct } named:
                break;
            default:
                return null;
        }

        INamedTypeSymbol known = (INamedTypeSymbol)type;
        if (known.SpecialType == SpecialType.System_Object || HasPickler(known))
        {
            return null;
        }

        if (ByName(known) is { } reason)
        {
            return new Obstacle("", known, reason);
        }

        // A type that is met again below itself says nothing new.
        if (depth == 0 || !path.Add(known))
        {
            return null;
        }

        Obstacle? found = InParts(known, depth, path) ?? InFields(known, depth, path);
        path.Remove(known);
        return found;
    }

    private bool HasPickler(INamedTypeSymbol type) =>
        type.OriginalDefinition.GetAttributes().Any(static attribute => NameOf(attribute.AttributeClass) == "Cohort.Serializing.PicklableAttribute")
        || NameOf(type) is "Microsoft.Win32.SafeHandles.SafeFileHandle" or "Microsoft.Win32.SafeHandles.SafePipeHandle"
            or "System.Net.Sockets.SafeSocketHandle" or "System.Net.Sockets.Socket"
        || _own.Contains(type);

    private static string? ByName(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? current = type; current is not null && current.SpecialType != SpecialType.System_Object; current = current.BaseType)
        {
            string name = NameOf(current)!;
            if (RefusedNames.Reason(name) is not { } reason)
            {
                continue;
            }

            // MemoryStream travels, and so do some handles: an abstract handle may turn out to be one of them.
            bool mayTravel = (name == "System.IO.Stream" && NameOf(type) == "System.IO.MemoryStream")
                || (name == "System.Runtime.InteropServices.SafeHandle" && type.IsAbstract);
            return mayTravel ? null : reason;
        }

        return null;
    }

    /// <summary>What a tuple, a collection or a nullable holds is in its type arguments.</summary>
    private Obstacle? InParts(INamedTypeSymbol type, int depth, HashSet<ITypeSymbol> path)
    {
        if (type.IsTupleType)
        {
            return type.TupleElements
                .Select(element => Find(element.Type, depth - 1, path)?.Below($".{element.Name}"))
                .FirstOrDefault(static found => found is not null);
        }

        bool holds = NameOf(type) is { } name
            && (name.StartsWith("System.Collections.", System.StringComparison.Ordinal)
                || name is "System.Nullable`1" or "System.Memory`1" or "System.ReadOnlyMemory`1"
                || name.StartsWith("System.Tuple`", System.StringComparison.Ordinal));
        return holds
            ? type.TypeArguments.Select(argument => Find(argument, depth - 1, path)?.Below("[]")).FirstOrDefault(static found => found is not null)
            : null;
    }

    private Obstacle? InFields(INamedTypeSymbol type, int depth, HashSet<ITypeSymbol> path)
    {
        for (INamedTypeSymbol? current = type; current is not null; current = current.BaseType)
        {
            if (current.DeclaringSyntaxReferences.IsEmpty)
            {
                continue;
            }

            foreach (TravellingField field in TravellingField.Of(current))
            {
                if (Find(field.Type, depth - 1, path) is { } found)
                {
                    return found.Below($".{field.Name}");
                }
            }
        }

        return null;
    }

    /// <summary>The name as reflection gives it for the definition: "System.Threading.Tasks.Task`1", "Outer+Inner".</summary>
    private static string? NameOf(INamedTypeSymbol? type)
    {
        if (type is null)
        {
            return null;
        }

        if (type.ContainingType is { } outer)
        {
            return $"{NameOf(outer)}+{type.MetadataName}";
        }

        return type.ContainingNamespace is { IsGlobalNamespace: false } space
            ? $"{space.ToDisplayString(s_metadataName)}.{type.MetadataName}"
            : type.MetadataName;
    }
}
