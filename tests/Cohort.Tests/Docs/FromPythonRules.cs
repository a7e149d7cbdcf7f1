using System.Reflection;

namespace Cohort.Tests.Docs;

/// <summary>What docs/from-python.md must keep to. Each rule gives the violations that it found, as sentences.</summary>
internal static class FromPythonRules
{
    public static IEnumerable<string> NamesWithoutRow(IEnumerable<PythonRow> rows, IEnumerable<string> names) =>
        names.Except(rows.SelectMany(static row => row.Names), StringComparer.Ordinal)
            .Select(static name => $"{name} has no row");

    public static IEnumerable<string> RowsWithoutName(IEnumerable<PythonRow> rows, IEnumerable<string> names) =>
        rows.SelectMany(static row => row.Names).Except(names, StringComparer.Ordinal)
            .Select(static name => $"{name} is no name of Python's");

    public static IEnumerable<string> NamesWithTwoRows(IEnumerable<PythonRow> rows) =>
        rows.SelectMany(static row => row.Names).GroupBy(static name => name)
            .Where(static group => group.Count() > 1)
            .Select(static group => $"{group.Key} has {group.Count()} rows");

    public static IEnumerable<string> UnknownMembers(IEnumerable<PythonRow> rows) =>
        from row in rows
        from member in row.Members
        where !MemberLookup.Exists(member)
        select $"line {row.Line}: {member} is no public member";

    public static IEnumerable<string> UnknownTests(IEnumerable<PythonRow> rows) =>
        from row in rows
        from test in row.Tests
        where !IsTest(test)
        select $"line {row.Line}: {test} is no test";

    /// <summary>Only what is done is claimed, and what is done is claimed with a member and a test.</summary>
    public static IEnumerable<string> WrongClaims(IEnumerable<PythonRow> rows) => rows.SelectMany(static row => row.Status switch
    {
        PythonRow.Done when row.Members.Count == 0 => [$"line {row.Line}: done, and names no member"],
        PythonRow.Done when row.Tests.Count == 0 => [$"line {row.Line}: done, and names no test"],
        PythonRow.Planned when row.Members.Count + row.Tests.Count > 0 => [$"line {row.Line}: only planned, and claims a member or a test"],
        PythonRow.NotNeeded or PythonRow.Impossible when row.Note.Length < 20 => [$"line {row.Line}: does not say why"],
        _ => Array.Empty<string>(),
    });

    private static bool IsTest(string name)
    {
        int dot = name.LastIndexOf('.');
        MethodInfo? method = dot < 0
            ? null
            : typeof(FromPythonRules).Assembly.GetType($"Cohort.Tests.{name[..dot]}")?.GetMethod(name[(dot + 1)..]);
        return method is not null && method.GetCustomAttributes().OfType<FactAttribute>().Any(static fact => fact.Skip is null);
    }
}
