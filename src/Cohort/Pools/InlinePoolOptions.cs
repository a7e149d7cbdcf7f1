namespace Cohort;

/// <summary>How an <see cref="InlinePool"/> works.</summary>
public sealed record InlinePoolOptions
{
    /// <summary>Runs once, in the constructor. If it throws, the pool is broken and says why at each task.</summary>
    public Action? Initializer { get; init; }

    /// <summary>The pool's name, for people and logs.</summary>
    /// <value>The default is <c>InlinePool-N</c>.</value>
    public string? Name { get; init; }
}
