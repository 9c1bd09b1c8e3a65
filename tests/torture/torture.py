"""Rounds of everything that draws its choices from a seed, with new seeds,
until the time is over or one fails.

    torture.py BUILD-FOLDER MINUTES [--seed N] [--only KIND] [--folder FOLDER]

The kinds take turns, as many at once as there are processors. At the end a
table says how much of what was done; the first failure ends it, is shown, and
leaves its folder.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
KILLS = 25
ROUND_SECONDS = 900
# Programs of tests/faults: those that take a count and a seed, and how the
# others, which are played once, are told to leave nothing out.
SEEDED = {"powercut"}
CUTS = 500
LARGE = {"nth": ["all"]}


@dataclasses.dataclass
class Kind:
    """`command`: of a seed and the round's folder. `counts`: of what it
    printed, {what: how many}."""
    name: str
    command: object
    counts: object
    environment: dict = dataclasses.field(default_factory=dict)


def last_object(text):
    """The counts that kills.py prints."""
    row = json.loads(text.strip().splitlines()[-1])
    return {what: row[what] for what in row if what not in (
        "seed", "failed")}


def words_and_numbers(text):
    """{"cuts": 300} of "300 cuts, 12 torn tails …" in the program's lines."""
    counts = {}
    for number, word in re.findall(r"\b(\d+) ([a-z][a-z-]*)", text):
        counts.setdefault(word, int(number))
    return counts


def checked(name, rounds):
    """A unit test that takes its seed from the environment."""
    return lambda build, seed: Kind(
        name, [build / f"tests/unit_pipeline_{name}_test"],
        words_and_numbers, {"TOCSIN_SEED": str(seed), "CK_FORK": "no",
                            "TOCSIN_ROUNDS": str(rounds)})


def faults(program):
    """A program of tests/faults, at its large size."""
    name = program.name.removeprefix("faults_")
    return lambda build, seed: Kind(
        name, [program, *map(str, [CUTS, seed] if name in SEEDED else
                             LARGE.get(name, []))], words_and_numbers)


def kills(build, seed):
    return Kind("kill -9", [sys.executable, HERE / "kills.py", "--kills",
                            str(KILLS), "--seed", str(seed)], last_object,
                {"TOCSIN": str(build / "tocsin")})


def kafka(build, seed):
    return Kind("kafka", [sys.executable, HERE / "topics.py", "--seed",
                          str(seed)], last_object,
                {"TOCSIN": str(build / "tocsin")})


def kinds(build, only):
    """{name: how}, the names to play once and those to play in turn."""
    found = {"kills": kills, "kafka": kafka, "oracle": checked("oracle", 200),
             "determinism": checked("determinism", 30)}
    for program in sorted((build / "tests").glob("faults_*")):
        if os.access(program, os.X_OK) and program.is_file():
            found[program.name.removeprefix("faults_")] = faults(program)
    names = [name for name in found if only is None or name == only]
    again = {"kills", "oracle", "determinism"} | SEEDED
    once = [name for name in names if name not in again]
    # Kills are what takes time and machines: every other round is one.
    order = [name for other in names if other in again - {"kills"}
             for name in (["kills"] if "kills" in names else []) + [other]]
    return found, once, order or [name for name in names if name in again]


def end(process):
    """The round and the servers that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


class Torture:
    def __init__(self, words):
        self.build = words.build.resolve()
        self.folder = words.folder.resolve()
        self.until = time.monotonic() + words.minutes * 60
        self.found, self.once, self.order = kinds(self.build, words.only)
        self.seed, self.number = words.seed, 0
        self.done = collections.defaultdict(collections.Counter)
        self.rounds = collections.Counter()
        self.seconds = collections.Counter()
        self.failed, self.running = [], set()

    def play(self, name, seed):
        """One round; true when it is well."""
        folder = self.folder / f"{name}-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        kind = self.found[name](self.build, seed)
        words = list(map(str, kind.command))
        if name in ("kills", "kafka"):
            words += ["--folder", str(folder)]
        began = time.monotonic()
        with open(folder / "out.txt", "wb") as out:
            process = subprocess.Popen(
                words, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env={**os.environ, **kind.environment},
                start_new_session=True)
            self.running.add(process)
            try:
                status = process.wait(ROUND_SECONDS)
            except subprocess.TimeoutExpired:
                end(process)
                status = "too long"
            self.running.discard(process)
        text = (folder / "out.txt").read_text("utf-8", "replace")
        if status != 0:
            # Those that the end of another failure killed say nothing.
            if not self.failed:
                self.failed.append((name, seed, folder, status, text))
            return False
        self.rounds[kind.name] += 1
        self.seconds[kind.name] += int(time.monotonic() - began)
        self.done[kind.name].update(kind.counts(text))
        shutil.rmtree(folder)
        return True

    def worker(self):
        while time.monotonic() < self.until and not self.failed:
            if self.once:
                name = self.once.pop()
            elif self.order:
                name = self.order[self.number % len(self.order)]
            else:
                return
            seed = self.seed + self.number
            self.number += 1
            if not self.play(name, seed):
                self.end()
                return

    def end(self):
        for process in list(self.running):
            end(process)

    def work(self):
        count = os.cpu_count() or 1
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            try:
                for one in [pool.submit(self.worker) for _ in range(count)]:
                    one.result()
            except BaseException:
                self.until = 0
                self.end()
                raise

    def table(self):
        for name in sorted(self.done):
            counts = ", ".join(f"{number} {what}" for what, number
                               in self.done[name].items())
            print(f"{name:12} {self.rounds[name]:5} rounds "
                  f"{self.seconds[name]:6} s   {counts}")

    def tell(self):
        self.table()
        for name, seed, folder, status, text in self.failed:
            print("\n".join(text.splitlines()[-60:]))
            print(f"\nfailed: {name} with seed {seed}, status {status}; what "
                  f"it left is in {folder}\nagain: ./dev torture 1 --only "
                  f"{name} --seed {seed}")
        print(f"torture: {sum(self.rounds.values())} passed, "
              f"{len(self.failed)} failed")
        return 1 if self.failed or not self.rounds else 0


def main():
    words = argparse.ArgumentParser()
    words.add_argument("build", type=pathlib.Path)
    words.add_argument("minutes", type=float)
    words.add_argument("--seed", type=int,
                       default=time.time_ns() // 1000 % 1_000_000_000)
    words.add_argument("--only")
    words.add_argument("--folder", type=pathlib.Path,
                       default=pathlib.Path("build/torture"))
    torture = Torture(words.parse_args())
    print(f"seed {torture.seed}: {', '.join(torture.found)}", flush=True)
    torture.work()
    return torture.tell()


if __name__ == "__main__":
    sys.exit(main())
