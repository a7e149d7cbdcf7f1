using Cohort.Serializing;
using Cohort.Sharing;

namespace Cohort.Tests.Synchronizing.Conformance;

/// <summary>
/// One shared object as two agents have it. What is run elsewhere may capture shared objects only, as it may be run in another
/// process; so a test captures none of these views, and what needs one gets it as its argument.
/// </summary>
internal sealed class Views<T> : IDisposable
    where T : class, IDisposable
{
    private readonly Way _way;
    private readonly Agents _agents;
    private readonly Func<string, T>? _open;
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    /// <param name="create">One without a name.</param>
    /// <param name="open">One with a name, new or not; null where there is no such thing.</param>
    public Views(Way way, Agents agents, Func<T> create, Func<string, T>? open)
    {
        _way = way;
        _agents = agents;
        _open = open;
        Here = IsNamed ? open!(_name) : create();
        There = way switch
        {
            Way.Threads => Here,
            Way.Workers => Pickle.Loads<T>(Pickle.Dumps(Here))!,
            _ => open!(_name),
        };
    }

    public T Here { get; }

    /// <summary>As another agent would have it, but in this process.</summary>
    public T There { get; }

    private bool IsNamed => _way is Way.Named or Way.NamedWorkers;

    /// <summary>Runs something with the object on another agent, of which there are <see cref="Agents.Count"/> at a time.</summary>
    public Task<TResult> Elsewhere<TResult>(Func<T, TResult> body) => _way switch
    {
        Way.Workers => _agents.Pool.ApplyAsync(body, Here).Watched(),
        Way.NamedWorkers => _agents.Pool.ApplyAsync(OpenAndRun, _open!, _name, body).Watched(),
        _ => Watchdog.Run(() => body(There)),
    };

    /// <summary>Runs something on all other agents at once.</summary>
    public Task<TResult[]> Everywhere<TResult>(Func<T, TResult> body) =>
        Task.WhenAll(Enumerable.Range(0, Agents.Count).Select(_ => Elsewhere(body)));

    /// <summary>Runs something on a thread of this process.</summary>
    public Task<TResult> Background<TResult>(Func<T, TResult> body) => Watchdog.Run(() => body(Here));

    public void Dispose()
    {
        There.Dispose();
        Here.Dispose();
        if (IsNamed)
        {
            SharedObject.Unlink(_name);
        }
    }

    private static TResult OpenAndRun<TResult>(Func<string, T> open, string name, Func<T, TResult> body)
    {
        using T view = open(name);
        return body(view);
    }
}
