using System.Reflection;
using System.Runtime.Loader;
using Cohort.Tests.Support;

namespace Cohort.Tests.Architecture;

/// <summary>Each architecture rule, held against a small assembly that breaks it, and against one that does not.</summary>
public sealed class ArchitectureRuleTests
{
    private const string Pool = "namespace Cohort.Pools { public sealed class Manager { public static int Field; public static T Make<T>() => default!; } public sealed class Fault : System.Exception { } public interface IBacked { } public sealed class MarkAttribute : System.Attribute { } }";

    [Theory]
    [InlineData("class Low : Cohort.Pools.IBacked { }")]
    [InlineData("class Low { Cohort.Pools.Manager? _field; public object? F() => _field; }")]
    [InlineData("class Low { void M(Cohort.Pools.Manager[] argument) { } }")]
    [InlineData("class Low { Cohort.Pools.Manager? P => null; }")]
    [InlineData("class Low<T> where T : Cohort.Pools.IBacked { }")]
    [InlineData("class Low { object M() => new Cohort.Pools.Manager(); }")]
    [InlineData("class Low { int M() => Cohort.Pools.Manager.Field; }")]
    [InlineData("class Low { string M() => Cohort.Pools.Manager.Make<string>(); }")]
    [InlineData("class Low { object M() => typeof(System.Collections.Generic.List<Cohort.Pools.Manager>); }")]
    [InlineData("class Low { void M() { try { M(); } catch (Cohort.Pools.Fault) { } } }")]
    [InlineData("class Low { bool M(object o) => o is System.Collections.Generic.Dictionary<int, Cohort.Pools.Manager[]>; }")]
    [InlineData("class Low { Func<object> M() => () => new Cohort.Pools.Manager(); }")]
    [InlineData("class Low { async Task<object> M() { await Task.Yield(); return new Cohort.Pools.Manager(); } }")]
    [InlineData("class Low { IEnumerable<object> M() { yield return new Cohort.Pools.Manager(); } }")]
    [InlineData("[Cohort.Pools.Mark] class Low { }")]
    [InlineData("[System.ComponentModel.TypeConverter(typeof(Cohort.Pools.Manager))] class Low { }")]
    [InlineData("class Low { int M() { Span<Cohort.Pools.Manager?> local = new Cohort.Pools.Manager?[1]; return local.Length; } }")]
    [InlineData("unsafe class Low { delegate*<Cohort.Pools.Manager, void> _field; public bool F() => _field == null; }")]
    [InlineData("class Low { class Inner { object M() => new Cohort.Pools.Manager(); } }")]
    public void A_use_of_a_higher_layer_is_found(string lower)
    {
        string source = $"#pragma warning disable CS0649, CS0169\nnamespace Cohort.Serializing {{ {lower} }} {Pool}";

        string violation = Assert.Single(CodeRules.UpwardUses(Inspect(source)));

        Assert.Contains("Cohort.Serializing.Low", violation, StringComparison.Ordinal);
        Assert.Contains("(layer 2) uses Cohort.Pools.", violation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_use_of_a_lower_layer_is_allowed() => Assert.Empty(CodeRules.UpwardUses(Inspect(
        "namespace Cohort.Pools { class High { object M() => new Cohort.Serializing.Low(); } }",
        "namespace Cohort.Serializing { class Low { object M() => new Cohort.Utils.Beside(); } }",
        "namespace Cohort.Utils { class Beside { } }")));

    [Fact]
    public void The_root_is_not_above_all_layers()
    {
        IEnumerable<string> found = CodeRules.UpwardUses(Inspect(
            "namespace Cohort { class WorkerProcess { object M() => new ProcessPool(); } class ProcessPool { } }"));
        Assert.Equal(["Cohort.WorkerProcess.M (layer 6) uses Cohort.ProcessPool (layer 7)"], found);
    }

    [Fact]
    public void A_type_outside_all_layers_is_found() => Assert.Equal(
        ["Cohort.Stray.Thing stands in no known layer", "Cohort.Unlisted stands in no known layer", "Loose stands in no known layer"],
        CodeRules.UpwardUses(Inspect("namespace Cohort.Stray { class Thing { } } namespace Cohort { class Unlisted { } } class Loose { }")).Order());

    [Fact]
    public void A_native_import_outside_Interop_is_found()
    {
        const string Import = "{ [System.Runtime.InteropServices.DllImport(\"libc\")] static extern int getpid(); }";
        IEnumerable<string> found = CodeRules.NativeImportsOutsideInterop(Inspect(
            $"namespace Cohort.Platform {{ class Wrong {Import} }} namespace Cohort.Interop {{ class Right {Import} }}"));
        Assert.Contains("Cohort.Platform.Wrong.getpid", Assert.Single(found), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("System.OperatingSystem.IsLinux()")]
    [InlineData("System.OperatingSystem.IsLinux() ? true : System.OperatingSystem.IsOSPlatformVersionAtLeast(\"linux\", 5)")]
    [InlineData("System.Runtime.InteropServices.RuntimeInformation.IsOSPlatform(System.Runtime.InteropServices.OSPlatform.Linux)")]
    [InlineData("System.Environment.OSVersion.Platform == PlatformID.Unix")]
    public void A_question_for_the_system_outside_Platform_is_found(string question)
    {
        string body = $"{{ bool M() => {question}; }}";
        string source = $"namespace Cohort.Workers {{ class Wrong {body} }} namespace Cohort.Platform {{ class Right {body} }}";
        IEnumerable<string> found = CodeRules.OperatingSystemQuestionsOutsidePlatform(Inspect(source));
        Assert.NotEmpty(found);
        Assert.All(found, static sentence => Assert.StartsWith("Cohort.Workers.Wrong.M ", sentence));
    }

    [Fact]
    public void A_console_write_is_found_even_in_a_lambda()
    {
        InspectedType[] types = Inspect(
            "namespace Cohort.Workers { class Loud { Action M() => () => Console.WriteLine(1); } class Traceback { void M() => Console.Error.Flush(); } }");
        Assert.Contains("Cohort.Workers.", Assert.Single(CodeRules.ConsoleUses(types, new HashSet<string> { "Cohort.Workers.Traceback" })), StringComparison.Ordinal);
        Assert.Equal(2, CodeRules.ConsoleUses(types, new HashSet<string>()).Count());
    }

    [Theory]
    [InlineData("Lock")]
    [InlineData("Semaphore")]
    [InlineData("Barrier")]
    [InlineData("Timer")]
    [InlineData("Thread")]
    [InlineData("Queue<T>")]
    [InlineData("Task<T>")]
    [InlineData("File")]
    [InlineData("Enumerable")]
    [InlineData("Process")]
    [InlineData("Socket")]
    [InlineData("Pipe")]
    public void A_name_of_the_framework_is_found(string name) => Assert.Single(
        PublicTypeRules.TakenByTheFramework(Exported($"namespace Cohort {{ public sealed class {name} {{ }} public sealed class InterprocessLock {{ }} }}")));

    [Fact]
    public void An_open_class_is_found()
    {
        Type[] types = Exported(
            "namespace Cohort { public class Open { public class Nested { } } public class Justified { } public abstract class Base { } public static class Helper { } public sealed class Shut { } public record Loose; public interface IThing { } public struct Number { } public enum Kind { } public delegate void Call(); }");
        Assert.Equal(
            ["Cohort.Loose", "Cohort.Open", "Cohort.Open+Nested"],
            PublicTypeRules.Inheritable(types, new HashSet<string> { "Cohort.Justified" }).Select(static found => found.Split(' ')[0]).Order());
    }

    [Theory]
    [InlineData("Cohort.Interop")]
    [InlineData("Cohort.Platform.Linux")]
    [InlineData("Cohort.Utils")]
    public void A_public_type_in_an_internal_folder_is_found(string folder) => Assert.Single(
        PublicTypeRules.PublicInInternalFolders(Exported($"namespace {folder} {{ public enum Kind {{ }} enum Hidden {{ }} }} namespace Cohort.Utilities {{ public enum Other {{ }} }}")));

    [Fact]
    public void Headline_nouns_are_counted_without_exceptions() => Assert.Equal(
        ["One", "Two"],
        PublicTypeRules.HeadlineNouns(Exported("namespace Cohort { public enum One { } public sealed class Two { public enum Nested { } } public sealed class Two<T> { } public sealed class Fault : Exception { } public sealed class OneOptions { } } namespace Cohort.Pools { public enum Three { } }")));

    [Fact]
    public void A_long_file_is_found()
    {
        string longest = string.Concat(Enumerable.Repeat("//\n", SourceRules.MostLines));
        Assert.Empty(SourceRules.TooLong("A.cs", longest));
        Assert.Single(SourceRules.TooLong("A.cs", longest + "//"));
    }

    [Fact]
    public void A_stray_namespace_is_found()
    {
        Assert.Empty(SourceRules.StrayNamespaces("Pools/Scheduling/A.cs", "namespace Cohort.Pools.Scheduling;", "Cohort"));
        Assert.Empty(SourceRules.StrayNamespaces("Pools/Scheduling/A.cs", "namespace Cohort.Pools;", "Cohort"));
        Assert.Empty(SourceRules.StrayNamespaces("Pools/A.cs", "namespace Cohort;", "Cohort"));
        Assert.Single(SourceRules.StrayNamespaces("Pools/A.cs", "namespace Cohort.Poo;", "Cohort"));
        Assert.Single(SourceRules.StrayNamespaces("A.cs", "namespace Cohort.Pools;", "Cohort"));
        Assert.Single(SourceRules.StrayNamespaces("Pools/A.cs", "namespace Cohort.Workers;", "Cohort"));
        Assert.Single(SourceRules.StrayNamespaces("A.cs", "namespace Other { }", "Cohort"));
    }

    private static InspectedType[] Inspect(params string[] sources) => [.. AssemblyInspector.Inspect(Compiled.Library(sources))];

    private static Type[] Exported(string source)
    {
        AssemblyLoadContext context = new("fixture", isCollectible: true);
        try
        {
            Assembly assembly = context.LoadFromStream(new MemoryStream(Compiled.Library(source)));
            return assembly.GetExportedTypes();
        }
        finally
        {
            context.Unload();
        }
    }
}
