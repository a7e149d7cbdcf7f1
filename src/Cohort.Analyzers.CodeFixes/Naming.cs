using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Cohort.Analyzers;

/// <summary>Names for new local variables.</summary>
internal static class Naming
{
    /// <summary>The name if nothing around is called so, else with an ending that makes it new.</summary>
    public static string Free(string wanted, SyntaxNode place)
    {
        SyntaxNode member = place.AncestorsAndSelf().FirstOrDefault(static node => node is MemberDeclarationSyntax and not GlobalStatementSyntax)
            ?? place.SyntaxTree.GetRoot();
        HashSet<string> taken = [.. member.DescendantTokens()
            .Where(static token => token.IsKind(SyntaxKind.IdentifierToken))
            .Select(static token => token.ValueText)];
        string name = wanted;
        for (int i = 2; taken.Contains(name); i++)
        {
            name = wanted + i;
        }

        return SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;
    }

    /// <summary>What a local is called that holds a field's value: "title" for "_title", "s_title" and "Title".</summary>
    public static string OfLocal(string member)
    {
        string bare = member.Length > 2 && member[1] == '_' ? member.Substring(2) : member.TrimStart('_');
        return bare.Length == 0 ? member : char.ToLowerInvariant(bare[0]) + bare.Substring(1);
    }
}
