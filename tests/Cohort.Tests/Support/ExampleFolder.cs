namespace Cohort.Tests.Support;

/// <summary>Where programs stand that a test compiled, with the library beside them.</summary>
public sealed class ExampleFolder : IDisposable
{
    private const string RuntimeConfig =
        """{ "runtimeOptions": { "tfm": "net10.0", "framework": { "name": "Microsoft.NETCore.App", "version": "10.0.0" } } }""";

    private readonly TemporaryFolder _folder = new();
    private readonly string _library;
    private int _compiled;

    public ExampleFolder()
    {
        _library = _folder.PathOf("Cohort.dll");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Cohort.dll"), _library);
    }

    /// <summary>Compiles a program of one file and gives its assembly, ready for <c>dotnet FILE</c>.</summary>
    internal string Compile(string sourceName, string source)
    {
        string name = $"Example{++_compiled}";
        string program = _folder.PathOf(name + ".dll");
        File.WriteAllBytes(program, Compiled.Program(name, source, sourceName, _library));
        File.WriteAllText(_folder.PathOf(name + ".runtimeconfig.json"), RuntimeConfig);
        return program;
    }

    public void Dispose() => _folder.Dispose();
}
