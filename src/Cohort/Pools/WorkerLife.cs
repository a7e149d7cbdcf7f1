using Cohort.Serializing;

namespace Cohort.Pools;

/// <summary>The stages of one worker, whatever kind it is of, where it runs.</summary>
internal sealed class WorkerLife(WorkerStages stages, WorkerScope scope)
{
    private bool _hasBegun;

    /// <summary>Does what comes before the first task. Whatever it throws is the user's own.</summary>
    /// <returns>What the start function gave; null when there is none.</returns>
    public object? Begin()
    {
        stages.Initializer?.Invoke();
        if (stages.StateFactory is { } make)
        {
            scope.State = make() ?? throw new InvalidOperationException("The state factory gave null; it has to give the worker's state.");
        }

        object? result = stages.Start?.Invoke();
        _hasBegun = true;
        return result;
    }

    /// <summary>As <see cref="Begin()"/>, with the result written, if there is a start function.</summary>
    /// <exception cref="PickleException">The result cannot travel.</exception>
    public void Begin(PickleWriter writer) => Write(writer, "start result", stages.Start is not null, Begin());

    /// <summary>
    /// Does what comes after the last task, and disposes the state whatever happens. What it throws is the user's own; if
    /// both throw, the exit function's exception wins.
    /// </summary>
    /// <param name="runsExit">False if this is no normal end, so that there is only the state to be disposed.</param>
    /// <returns>What the exit function gave; null when there is none.</returns>
    public object? End(bool runsExit = true)
    {
        object? result = null;
        bool isDisposed = false;
        try
        {
            result = runsExit && _hasBegun ? stages.Exit?.Invoke() : null;
            isDisposed = true;
            DisposeState();
        }
        finally
        {
            if (!isDisposed)
            {
                DisposeQuietly();
            }

            scope.State = null;
        }

        return result;
    }

    /// <summary>As <see cref="End(bool)"/>, with the result written, if there is an exit function.</summary>
    /// <exception cref="PickleException">The result cannot travel.</exception>
    public void End(PickleWriter writer) => Write(writer, "exit result", stages.Exit is not null, End());

    /// <summary>Runs it on a worker's own thread, which nothing can stop, and notes how it went.</summary>
    public void EndHere(bool isNormal, WorkerResults results)
    {
        try
        {
            object? value = End(isNormal);
            if (isNormal && stages.Exit is not null)
            {
                results.AddExit(new WorkerResult(scope.Name, scope.Index + 1, scope.Index, value, null));
            }
        }
        catch (Exception exception)
        {
            results.AddExit(new WorkerResult(scope.Name, scope.Index + 1, scope.Index, null, exception));
        }
    }

    /// <summary>As <see cref="Begin()"/>, in a thread of the pool's own process.</summary>
    public void BeginHere(WorkerResults results)
    {
        object? value = Begin();
        if (stages.Start is not null)
        {
            results.AddStart(new WorkerResult(scope.Name, scope.Index + 1, scope.Index, value, null));
        }
    }

    private static void Write(PickleWriter writer, string name, bool isWanted, object? result)
    {
        if (isWanted)
        {
            writer.RootName = name;
            Pickle.Write(writer, result);
        }
    }

    private void DisposeState()
    {
        if (scope.State is IAsyncDisposable later)
        {
            later.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        else
        {
            (scope.State as IDisposable)?.Dispose();
        }
    }

    private void DisposeQuietly()
    {
        try
        {
            DisposeState();
        }
        catch (Exception)
        {
            // The exit function's own exception is on its way.
        }
    }
}
