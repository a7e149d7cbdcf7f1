using Cohort.Serializing;
using Cohort.Workers;

namespace Cohort;

/// <summary>Ways to start.</summary>
public partial class WorkerProcess
{
    /// <summary>Starts a worker that runs <paramref name="target"/>.</summary>
    /// <param name="target">A method, a lambda, or a closure; captured variables travel by value.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="Start()" path="/exception"/>
    public static WorkerProcess Start([Pickled] Action target, WorkerOptions? options = null) => Started(new WorkerProcess(target, options));

    /// <summary>Starts a worker that runs <paramref name="target"/> to its asynchronous end.</summary>
    /// <param name="target">A method, a lambda, or a closure; captured variables travel by value.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="Start()" path="/exception"/>
    public static WorkerProcess Start([Pickled] Func<Task> target, WorkerOptions? options = null) => Started(new WorkerProcess(target, options));

    /// <summary>Starts a worker that runs <paramref name="target"/> with an argument.</summary>
    /// <typeparam name="T">The argument's type; the object itself may be of a derived one.</typeparam>
    /// <param name="target">What to run.</param>
    /// <param name="argument">Travels by value.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="Start()" path="/exception"/>
    public static WorkerProcess Start<T>([Pickled] Action<T> target, T argument, WorkerOptions? options = null) =>
        Started(new WorkerProcess(new ActionTarget<T>(NotNull(target), argument), options));

    /// <summary>Starts a worker that runs <paramref name="target"/> with an argument, to its asynchronous end.</summary>
    /// <typeparam name="T">The argument's type; the object itself may be of a derived one.</typeparam>
    /// <param name="target">What to run.</param>
    /// <param name="argument">Travels by value.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="Start()" path="/exception"/>
    public static WorkerProcess Start<T>([Pickled] Func<T, Task> target, T argument, WorkerOptions? options = null) =>
        Started(new WorkerProcess(new AsyncTarget<T>(NotNull(target), argument), options));

    /// <summary>Starts a worker that runs <paramref name="target"/> with two arguments.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <param name="target">What to run.</param>
    /// <param name="argument1">Travels by value.</param>
    /// <param name="argument2">Travels by value.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="Start()" path="/exception"/>
    public static WorkerProcess Start<T1, T2>([Pickled] Action<T1, T2> target, T1 argument1, T2 argument2, WorkerOptions? options = null) =>
        Started(new WorkerProcess(new ActionTarget<T1, T2>(NotNull(target), argument1, argument2), options));

    /// <summary>Starts a worker that runs <paramref name="target"/> with two arguments, to its asynchronous end.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <param name="target">What to run.</param>
    /// <param name="argument1">Travels by value.</param>
    /// <param name="argument2">Travels by value.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="Start()" path="/exception"/>
    public static WorkerProcess Start<T1, T2>([Pickled] Func<T1, T2, Task> target, T1 argument1, T2 argument2, WorkerOptions? options = null) =>
        Started(new WorkerProcess(new AsyncTarget<T1, T2>(NotNull(target), argument1, argument2), options));

    /// <summary>Starts a worker that runs <paramref name="target"/> with three arguments.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <param name="target">What to run.</param>
    /// <param name="argument1">Travels by value.</param>
    /// <param name="argument2">Travels by value.</param>
    /// <param name="argument3">Travels by value.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="Start()" path="/exception"/>
    public static WorkerProcess Start<T1, T2, T3>(
        [Pickled] Action<T1, T2, T3> target, T1 argument1, T2 argument2, T3 argument3, WorkerOptions? options = null) =>
        Started(new WorkerProcess(new ActionTarget<T1, T2, T3>(NotNull(target), argument1, argument2, argument3), options));

    /// <summary>Starts a worker that runs <paramref name="target"/> with three arguments, to its asynchronous end.</summary>
    /// <typeparam name="T1">The first argument's type.</typeparam>
    /// <typeparam name="T2">The second argument's type.</typeparam>
    /// <typeparam name="T3">The third argument's type.</typeparam>
    /// <param name="target">What to run.</param>
    /// <param name="argument1">Travels by value.</param>
    /// <param name="argument2">Travels by value.</param>
    /// <param name="argument3">Travels by value.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <inheritdoc cref="Start()" path="/exception"/>
    public static WorkerProcess Start<T1, T2, T3>(
        [Pickled] Func<T1, T2, T3, Task> target, T1 argument1, T2 argument2, T3 argument3, WorkerOptions? options = null) =>
        Started(new WorkerProcess(new AsyncTarget<T1, T2, T3>(NotNull(target), argument1, argument2, argument3), options));

    /// <summary>Starts the worker and returns while it comes up. At most once.</summary>
    /// <exception cref="InvalidOperationException">It was started before, this program cannot be started again as a worker, or this process is a worker of the tenth generation.</exception>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    /// <exception cref="Serializing.PickleException">The function or an argument cannot travel; nothing was started.</exception>
    /// <exception cref="DirectoryNotFoundException">The working directory asked for does not exist; nothing was started.</exception>
    /// <exception cref="IOException">The system could not start a process.</exception>
    /// <exception cref="PlatformNotSupportedException">Not Linux on x86-64 or arm64.</exception>
    public void Start() => _state.Start(this);

    private static WorkerProcess Started(WorkerProcess process)
    {
        process.Start();
        return process;
    }
}
