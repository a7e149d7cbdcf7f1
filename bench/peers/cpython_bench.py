#!/usr/bin/env python3
"""The peer's side of `compare`: each row done with CPython's own multiprocessing.

usage: cpython_bench.py ROW...

Prints one JSON object a line for every row: {"name", "value", "unit"}. A row measures one pass, with the pool warmed by
one map over 1000 items, in two workers; `compare` calls this once a row and round and takes the median. Rows and sizes
are those of Cohort.Benchmarks, which does the same work under the same names.
"""
import array
import json
import multiprocessing
import subprocess
import sys
from multiprocessing import shared_memory
from time import perf_counter

WORKERS = 2
TASKS = 20_000
ITEMS = 2_000_000
ROUND_TRIPS = 3_000
ARRAYS = 20
ARRAY_BYTES = 8 << 20
LIFE_TASKS = 1_000
LOCK_PAIRS = 300_000
INCREMENTS = 100_000
PING_PONGS = 20_000
QUEUE_MESSAGES = 100_000
MESSAGES = 20_000
ECHOES = 300
MESSAGE_BYTES = 1 << 20
COMMANDS = 300
CAT_MIB = 64
PIPELINE_MIB = 256
SHARED_FILES = 300
SHARED_BYTES = 1 << 20
ARRAY_MIB = ARRAYS * ARRAY_BYTES >> 20


# What the workers run.

def square(number):
    return number * number


def total(numbers):
    return sum(numbers)


def compute(seed):
    """About a millisecond."""
    return sum((seed ^ number) * number for number in range(12_000))


def nothing():
    pass


# How a row is measured.

def elapsed(work):
    begin = perf_counter()
    work()
    return perf_counter() - begin


def in_warm_pool(work):
    """Seconds that `work(pool)` takes in a pool that has already run something."""
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        pool.map(square, range(1000))
        return elapsed(lambda: work(pool))


def mean_ms(work, repeats):
    """Milliseconds a call, after one call that does not count."""
    work()
    return elapsed(lambda: [work() for _ in range(repeats)]) / repeats * 1e3


# The rows.

def pool_map_chunk1():
    return TASKS / in_warm_pool(lambda pool: pool.map(square, range(TASKS), chunksize=1)), "tasks/s"


def pool_apply_async():
    def work(pool):
        results = [pool.apply_async(square, (number,)) for number in range(TASKS)]
        for result in results:
            result.get()

    return TASKS / in_warm_pool(work), "tasks/s"


def pool_imap_unordered():
    def work(pool):
        for _ in pool.imap_unordered(square, range(TASKS)):
            pass

    return TASKS / in_warm_pool(work), "tasks/s"


def pool_map_auto():
    return ITEMS / in_warm_pool(lambda pool: pool.map(square, range(ITEMS))), "items/s"


def pool_apply_rtt():
    def work(pool):
        for number in range(ROUND_TRIPS):
            pool.apply(square, (number,))

    return in_warm_pool(work) / ROUND_TRIPS * 1e6, "us"


def pool_map_big_arrays():
    arrays = [array.array("d", bytes(ARRAY_BYTES)) for _ in range(ARRAYS)]
    return ARRAY_MIB / in_warm_pool(lambda pool: pool.map(total, arrays, chunksize=1)), "MiB/s"


def pool_start_to_first_result():
    def once():
        with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
            pool.apply(square, (3,))

    return mean_ms(once, 5), "ms"


def tasks_per_second(tasks_per_worker):
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=tasks_per_worker) as pool:
        pool.map(compute, range(LIFE_TASKS // 10), chunksize=1)
        return LIFE_TASKS / elapsed(lambda: pool.map(compute, range(LIFE_TASKS), chunksize=1))


def pool_recycle_100():
    return tasks_per_second(100) / tasks_per_second(None), "x"


def start_and_join(method):
    context = multiprocessing.get_context(method)

    def once():
        process = context.Process(target=nothing)
        process.start()
        process.join()

    return once


def process_start_join_fork():
    return mean_ms(start_and_join("fork"), 50), "ms"


def process_start_join_spawn():
    return mean_ms(start_and_join("spawn"), 10), "ms"


def lock_uncontended():
    lock = multiprocessing.Lock()

    def pairs():
        for _ in range(LOCK_PAIRS):
            lock.acquire()
            lock.release()
    return elapsed(pairs) / LOCK_PAIRS * 1e9, "ns"


def increment(counter, times):
    for _ in range(times):
        with counter.get_lock():
            counter.value += 1


def lock_contended_increment():
    fork = multiprocessing.get_context("fork")
    counter = fork.Value("i", 0)
    rivals = [fork.Process(target=increment, args=(counter, INCREMENTS)) for _ in range(WORKERS)]

    def contend():
        for rival in rivals:
            rival.start()
        for rival in rivals:
            rival.join()
    seconds = elapsed(contend)
    assert counter.value == WORKERS * INCREMENTS
    return WORKERS * INCREMENTS / seconds, "ops/s"


def answer(ping, pong, times):
    for _ in range(times):
        ping.acquire()
        pong.release()


def semaphore_ping_pong():
    fork = multiprocessing.get_context("fork")
    ping, pong = fork.Semaphore(0), fork.Semaphore(0)
    partner = fork.Process(target=answer, args=(ping, pong, PING_PONGS))
    partner.start()

    def trips():
        for _ in range(PING_PONGS):
            ping.release()
            pong.acquire()
    seconds = elapsed(trips)
    partner.join()
    return seconds / PING_PONGS * 1e6, "us"


def produce(queue, count):
    for i in range(count):
        queue.put(i)


def consume(queue, count):
    for _ in range(count):
        queue.get()


def one_to_one(fork, queue):
    """Messages a second from a process to this one. The start of the process counts, some 2 ms."""
    producer = fork.Process(target=produce, args=(queue, QUEUE_MESSAGES))

    def run():
        producer.start()
        consume(queue, QUEUE_MESSAGES)
    seconds = elapsed(run)
    producer.join()
    return QUEUE_MESSAGES / seconds, "msg/s"


def queue_1p1c_int():
    fork = multiprocessing.get_context("fork")
    return one_to_one(fork, fork.Queue())


def simple_queue_1p1c_int():
    fork = multiprocessing.get_context("fork")
    return one_to_one(fork, fork.SimpleQueue())


def queue_2p2c_int():
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    half = QUEUE_MESSAGES // 2
    processes = [fork.Process(target=t, args=(queue, half)) for t in (produce, produce, consume, consume)]

    def run():
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    return QUEUE_MESSAGES / elapsed(run), "msg/s"


def echo(connection):
    while (value := connection.recv()) is not None:
        connection.send(value)


def echo_bytes(connection):
    while message := connection.recv_bytes():
        connection.send_bytes(message)


def with_echo(target, work):
    """What `work(connection)` takes with a process at the other end that runs `target`."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    partner = fork.Process(target=target, args=(there,))
    partner.start()
    work(here, 1000 if target is echo else 3)
    seconds = elapsed(lambda: work(here, MESSAGES if target is echo else ECHOES))
    here.send(None) if target is echo else here.send_bytes(b"")
    partner.join()
    return seconds


def pipe_rtt_int():
    def trips(connection, times):
        for _ in range(times):
            connection.send(1)
            connection.recv()
    return with_echo(echo, trips) / MESSAGES * 1e6, "us"


def pipe_echo_1mib():
    blob = b"x" * MESSAGE_BYTES

    def trips(connection, times):
        for _ in range(times):
            connection.send_bytes(blob)
            connection.recv_bytes()
    return 2 * ECHOES * (MESSAGE_BYTES >> 20) / with_echo(echo_bytes, trips), "MiB/s"


def shared_memory_create_open_unlink():
    def once():
        made = shared_memory.SharedMemory(create=True, size=SHARED_BYTES)
        shared_memory.SharedMemory(name=made.name).close()
        made.close()
        made.unlink()
    return mean_ms(once, SHARED_FILES) * 1e3, "us"


def subprocess_true():
    def run():
        for _ in range(COMMANDS):
            subprocess.run(["/bin/true"])
    return elapsed(run) / COMMANDS * 1e6, "us"


def subprocess_capture():
    def run():
        for _ in range(COMMANDS):
            subprocess.check_output(["/bin/echo", "hello"])
    return elapsed(run) / COMMANDS * 1e6, "us"


def subprocess_communicate_cat():
    data = bytes(CAT_MIB << 20)
    return CAT_MIB / elapsed(lambda: subprocess.run(["cat"], input=data, stdout=subprocess.PIPE)), "MiB/s"


def subprocess_pipeline():
    def run():
        head = subprocess.Popen(["head", "-c", str(PIPELINE_MIB << 20), "/dev/zero"], stdout=subprocess.PIPE)
        count = subprocess.Popen(["wc", "-c"], stdin=head.stdout, stdout=subprocess.PIPE)
        head.stdout.close()
        count.communicate()
        head.wait()
    return PIPELINE_MIB / elapsed(run), "MiB/s"


ROWS = {row.__name__: row for row in (
    pool_map_chunk1,
    pool_apply_async,
    pool_imap_unordered,
    pool_map_auto,
    pool_apply_rtt,
    pool_map_big_arrays,
    pool_start_to_first_result,
    pool_recycle_100,
    process_start_join_fork,
    process_start_join_spawn,
    lock_uncontended,
    lock_contended_increment,
    semaphore_ping_pong,
    queue_1p1c_int,
    simple_queue_1p1c_int,
    queue_2p2c_int,
    pipe_rtt_int,
    pipe_echo_1mib,
    shared_memory_create_open_unlink,
    subprocess_true,
    subprocess_capture,
    subprocess_communicate_cat,
    subprocess_pipeline,
)}


def main(names):
    unknown = [name for name in names if name not in ROWS]
    if unknown or not names:
        print("usage: cpython_bench.py ROW...\nrows: " + " ".join(ROWS), file=sys.stderr)
        if unknown:
            print("unknown: " + " ".join(unknown), file=sys.stderr)
        return 2
    for name in names:
        value, unit = ROWS[name]()
        print(json.dumps({"name": name, "value": value, "unit": unit}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
