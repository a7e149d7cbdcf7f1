#!/usr/bin/env python3
"""The peer's side of `latency`: single round trips of an integer through a Pipe to another process.

usage: cpython_latency.py TRIPS

Prints one JSON array: the microseconds of each round trip, after 1000 that do not count.
"""
import json
import multiprocessing
import sys
from time import perf_counter_ns

WARM_UPS = 1000


def echo(connection):
    while (value := connection.recv()) is not None:
        connection.send(value)


def latencies(connection, times):
    result = []
    for _ in range(times):
        begin = perf_counter_ns()
        connection.send(1)
        connection.recv()
        result.append((perf_counter_ns() - begin) / 1e3)
    return result


def main(arguments):
    if len(arguments) != 1 or not arguments[0].isdecimal():
        print("usage: cpython_latency.py TRIPS", file=sys.stderr)
        return 2
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    partner = fork.Process(target=echo, args=(there,))
    partner.start()
    latencies(here, WARM_UPS)
    print(json.dumps(latencies(here, int(arguments[0]))))
    here.send(None)
    partner.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
