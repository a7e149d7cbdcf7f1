using System.Text.Json;

namespace Cohort.Serializing;

internal static class JsonTexts
{
    /// <summary>Takes all that any options allow: the text is one that was parsed already, and still has its comments.</summary>
    public static readonly JsonDocumentOptions Options = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        MaxDepth = int.MaxValue,
    };
}
