using Cohort.Messaging;
using Cohort.Sharing;
using Cohort.Synchronizing;
using Microsoft.Win32.SafeHandles;

namespace Cohort.Tests.Messaging;

/// <summary>Queues between processes.</summary>
public sealed class QueueWorkerTests
{
    private const int Limit = 60_000;

    /// <summary>_TestQueue.test_put and test_get with a child that drains and fills.</summary>
    [Fact(Timeout = Limit)]
    public async Task A_worker_takes_what_was_put_and_puts_answers()
    {
        using InterprocessQueue<string> questions = new(2);
        using InterprocessQueue<(string Text, int Length)> answers = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static (questions, answers) =>
            {
                foreach (string question in questions.GetAll())
                {
                    answers.Put((question, question.Length));
                }
            },
            questions,
            answers);
        await Watchdog.Run(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                questions.Put(new string('x', i));
            }
        });
        questions.CompleteAdding();
        await worker.JoinAsync().Watched();

        Assert.Equal(Enumerable.Range(0, 100), answers.GetAllNow().Select(static answer => answer.Length));
    }

    /// <summary>Python's classic: a producer that is joined before anybody has taken what it has put.</summary>
    [Theory(Timeout = Limit)]
    [InlineData(1, 50_000_000)]
    [InlineData(50, 1_000_000)]
    [InlineData(100_000, 10)]
    public async Task Join_AProducerBeforeTheQueueIsDrained_EndsAndLosesNothing(int count, int size)
    {
        using InterprocessQueue<byte[]> queue = new();
        using WorkerProcess producer = WorkerProcess.Start(
            static (queue, count, size) =>
            {
                for (int i = 0; i < count; i++)
                {
                    queue.Put(new byte[size]);
                }
            },
            queue,
            count,
            size);
        await producer.JoinAsync().Watched();

        Assert.Equal(count, queue.Count);
        Assert.All(queue.GetAllNow(), item => Assert.Equal(size, item.Length));
    }

    /// <summary>A queue travels through a queue, with a lock and a value beside it.</summary>
    [Fact(Timeout = Limit)]
    public async Task Shared_objects_travel_through_a_queue()
    {
        using InterprocessQueue<(SimpleInterprocessQueue<int> Answers, InterprocessEvent Go)> queue = new();
        using SimpleInterprocessQueue<int> answers = new();
        using InterprocessEvent go = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static queue =>
            {
                (SimpleInterprocessQueue<int> answers, InterprocessEvent go) = queue.Get();
                go.Wait();
                answers.Put(42);
            },
            queue);
        queue.Put((answers, go));
        go.Set();

        Assert.Equal(42, await answers.GetAsync().AsTask().Watched());
        await worker.JoinAsync().Watched();
    }

    [Fact(Timeout = Limit)]
    public async Task Get_WhatASenderThatEndedHadShared_SaysSoAndGoesOn()
    {
        using InterprocessQueue<object> queue = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static queue =>
            {
                queue.Put(new RawSharedArray<byte>(100_000));
                queue.Put("next");
            },
            queue);
        await worker.JoinAsync().Watched();

        SharedObjectLostException fault = Assert.Throws<SharedObjectLostException>(() => queue.Get());
        Assert.Contains($"process {worker.ProcessId}, which has ended", fault.Message, StringComparison.Ordinal);
        Assert.Equal("next", queue.Get());
    }

    /// <summary>
    /// TestStdinBadfiledescriptor.test_queue_in_process: a queue that a worker, whose standard input is closed, makes for a worker
    /// of its own.
    /// </summary>
    [Fact(Timeout = Limit)]
    public async Task A_worker_can_make_queues_of_its_own()
    {
        using SimpleInterprocessQueue<int> result = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static result =>
            {
                // What is opened next gets the number.
                new SafeFileHandle(0, ownsHandle: true).Dispose();
                using InterprocessQueue<int> inner = new(1);
                using WorkerProcess grandchild = WorkerProcess.Start(static queue => queue.Put(21), inner);
                result.Put(2 * inner.Get());
                grandchild.Join();
            },
            result);

        Assert.Equal(42, await result.GetAsync().AsTask().Watched());
        await worker.JoinAsync().Watched();
        Assert.Equal(0, worker.ExitCode);
    }

    /// <summary>TestStdinBadfiledescriptor.test_pool_in_process: a pool that a worker makes, and a queue for its tasks.</summary>
    [Fact(Timeout = Limit)]
    public async Task A_worker_can_make_a_pool_whose_tasks_use_queues()
    {
        using InterprocessQueue<int> results = new();
        using WorkerProcess worker = WorkerProcess.Start(
            static results =>
            {
                using ProcessPool pool = new(workers: 2);
                pool.Map(Put(results), [1, 2, 3, 4]);
            },
            results);
        await worker.JoinAsync().Watched();

        Assert.Equal(0, worker.ExitCode);
        Assert.Equal([1, 2, 3, 4], results.GetAllNow().Order());
    }

    private static Func<int, int> Put(InterprocessQueue<int> queue) => number =>
    {
        queue.Put(number);
        return number;
    };
}
