using System.Reflection;
using System.Text;
using Cohort.Serializing;
using Microsoft.CodeAnalysis;

namespace Cohort.Tests.Analyzers;

/// <summary>What is warned of is what is refused, for every public class and struct of the framework; and every function that travels is looked at.</summary>
public sealed class AgreementTests
{
    [Fact]
    public async Task Every_type_of_the_framework_is_reported_if_and_only_if_it_is_refused()
    {
        Dictionary<string, Type> types = FrameworkTypes();
        StringBuilder calls = new("using Cohort;\nProcessPool pool = new(1);\n");
        foreach (string name in types.Keys)
        {
            calls.Append(System.Globalization.CultureInfo.InvariantCulture, $"pool.Apply<{name}, int>(static _ => 1, default({name}));\n");
        }

        string source = $"#nullable disable\n{calls}";
        Diagnostic[] said = await Analyzed.DiagnosticsOf(source);
        Assert.All(said, static found => Assert.Equal("COHORT002", found.Id));
        string[] reported = [.. said.Select(found => source[found.Location.SourceSpan.Start..found.Location.SourceSpan.End])
            .Select(static text => text["default(".Length..^")".Length])];
        string[] refused = [.. types.Where(static type => IsRefused(type.Value)).Select(static type => type.Key)];

        string[] silent = [.. refused.Except(reported)];
        string[] loud = [.. reported.Except(refused)];
        Assert.True(
            silent.Length + loud.Length == 0,
            $"refused and not reported:\n{string.Join('\n', silent)}\nreported and not refused:\n{string.Join('\n', loud)}");
        Assert.True(refused.Length > 80, $"only {refused.Length} of {types.Count} types are refused");
    }

    [Fact]
    public void Every_function_that_a_pool_or_worker_takes_is_marked()
    {
        Type[] senders = [typeof(ProcessPool), typeof(WorkerProcess)];
        string[] unmarked = [.. senders
            .SelectMany(static type => type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .OfType<MethodBase>()
            .SelectMany(static method => method.GetParameters())
            .Where(static parameter => typeof(Delegate).IsAssignableFrom(parameter.ParameterType) && !parameter.IsDefined(typeof(PickledAttribute)))
            .Select(static parameter => $"{parameter.Member.DeclaringType!.Name}.{parameter.Member} {parameter.Name}")];
        Assert.Empty(unmarked);

        // The handlers of what workers print and of what happens stay where they are.
        string[] properties = [.. typeof(ProcessPoolOptions).GetProperties()
            .Where(static property => typeof(Delegate).IsAssignableFrom(property.PropertyType) && !property.IsDefined(typeof(PickledAttribute)))
            .Where(static property => property.Name is not (nameof(ProcessPoolOptions.Output) or nameof(ProcessPoolOptions.Events)))
            .Select(static property => property.Name)];
        Assert.Empty(properties);
    }

    /// <summary>As the codec decides, except for abstract handles: what is held under that name may be one that travels.</summary>
    private static bool IsRefused(Type type) =>
        Refusals.Find(type) is not null
        && !Picklers.IsCustom(type)
        && !(type.IsAbstract && typeof(System.Runtime.InteropServices.SafeHandle).IsAssignableFrom(type));

    /// <summary>The public classes and structs that can be a type argument, under their C# names; generic ones are closed over object.</summary>
    private static Dictionary<string, Type> FrameworkTypes()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Dictionary<string, Type> types = [];
        foreach (string path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator))
        {
            if (!path.StartsWith(framework, StringComparison.Ordinal))
            {
                continue;
            }

            foreach (Type type in Assembly.Load(Path.GetFileNameWithoutExtension(path)).GetExportedTypes().Where(IsArgument))
            {
                if (Closed(type) is { } closed)
                {
                    types[NameOf(closed)] = closed;
                }
            }
        }

        return types;
    }

    private static bool IsArgument(Type type) =>
        !type.IsInterface
        && !type.IsEnum
        && !typeof(Delegate).IsAssignableFrom(type)
        && !type.IsByRefLike
        && !(type.IsAbstract && type.IsSealed)
        && type != typeof(void)
        && type.Namespace?.StartsWith("System", StringComparison.Ordinal) == true
        && !type.Namespace.StartsWith("System.Runtime.Intrinsics", StringComparison.Ordinal)
        && !type.IsDefined(typeof(ObsoleteAttribute))
        && !type.IsDefined(typeof(System.Runtime.Versioning.RequiresPreviewFeaturesAttribute))
        && !type.IsDefined(typeof(System.Diagnostics.CodeAnalysis.ExperimentalAttribute))
        && !(type.IsGenericType && type.IsNested);

    private static Type? Closed(Type type)
    {
        if (!type.IsGenericTypeDefinition)
        {
            return type;
        }

        try
        {
            return type.MakeGenericType([.. type.GetGenericArguments().Select(static _ => typeof(object))]);
        }
        catch (ArgumentException)
        {
            return null; // A constraint that object does not meet; the table has no such types.
        }
    }

    private static string NameOf(Type type)
    {
        Type definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        string name = $"global::{definition.FullName!.Split('`')[0].Replace('+', '.')}";
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(static _ => "object"))}>" : name;
    }
}
