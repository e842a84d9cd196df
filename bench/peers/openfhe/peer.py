"""OpenFHE as a peer: answers requests by the lines that bench/native/bench.hpp describes.

usage: peer.py --suite ckks --log-n 14 --first 50 --scale 45 --depth 5 --digits 3
       peer.py --suite bootstrap --log-n 16 --log-slots 15
"""

import argparse
import json
import os
import resource
import sys
from importlib.metadata import version

import arithmetic
import bootstrap

SUITES = {"ckks": arithmetic.Arithmetic, "bootstrap": bootstrap.Bootstrap}

parser = argparse.ArgumentParser()
parser.add_argument("--suite", choices=SUITES, default="ckks")
for name in ("log-n", "first", "scale", "depth", "digits", "log-slots"):
    parser.add_argument(f"--{name}", type=int)
args = parser.parse_args()


def reply(message):
    print(json.dumps(message), flush=True)


def memory():
    return {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


subject = SUITES[args.suite](args)
reply(
    {
        "version": version("openfhe"),
        "threads": int(os.environ.get("OMP_NUM_THREADS", "1")),
        **subject.ready(),
    }
)
for line in sys.stdin:
    words = line.split()
    if words:
        try:
            reply(memory() if words[0] == "memory" else subject.answer(words))
        except Exception as error:  # every failure is an answer
            reply({"failure": str(error)})
