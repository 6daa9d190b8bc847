"""The process that libFuzzer runs in, and ends: ``python -m tests.fuzz.child ARGUMENTS OF LIBFUZZER``."""

from __future__ import annotations

import sys
import time

import atheris

# Instrumentation breaks the code that archc.syntax.node makes of other code, and the process with it.
with atheris.instrument_imports(include=["archc"], exclude=["archc.syntax.node"]):
    from tests.fuzz.target import corpus, mutated, survives

SECONDS = 5.0


def main() -> None:
    others = corpus()

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return mutated(data, others, seed)[:most] if seed % 2 else bytes(atheris.Mutate(data, len(data)))

    def one(data: bytes) -> None:
        started = time.process_time()
        survives(data)
        assert time.process_time() - started < SECONDS

    atheris.Setup(sys.argv, one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
