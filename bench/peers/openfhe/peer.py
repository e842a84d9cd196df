"""OpenFHE as a peer: answers requests by the lines that bench/native/bench.hpp describes.

usage: peer.py --log-n 14 --first 50 --scale 45 --depth 5 --digits 3
"""

import argparse
import json
import math
import resource
import sys
import time
from importlib.metadata import version

import numpy as np
import openfhe as fhe

ROTATIONS = list(range(1, 9))

parser = argparse.ArgumentParser()
for name in ("log-n", "first", "scale", "depth", "digits"):
    parser.add_argument(f"--{name}", type=int, required=True)
args = parser.parse_args()


def make_context(log_n, security):
    parameters = fhe.CCParamsCKKSRNS()
    parameters.SetRingDim(1 << log_n)
    parameters.SetMultiplicativeDepth(args.depth)
    parameters.SetFirstModSize(args.first)
    parameters.SetScalingModSize(args.scale)
    parameters.SetBatchSize(1 << (log_n - 1))
    parameters.SetSecurityLevel(security)
    parameters.SetSecretKeyDist(fhe.UNIFORM_TERNARY)
    # A product and its rescaling by hand, as the other programs do: the automatic modes put the rescaling off.
    parameters.SetScalingTechnique(fhe.FIXEDMANUAL)
    parameters.SetKeySwitchTechnique(fhe.HYBRID)
    parameters.SetNumLargeDigits(args.digits)
    context = fhe.GenCryptoContext(parameters)
    for feature in (fhe.PKE, fhe.KEYSWITCH, fhe.LEVELEDSHE, fhe.ADVANCEDSHE):
        context.Enable(feature)
    return context, parameters


def special_bits_and_digits():
    """log2 of the special primes' product and the number of digits, read from a key: the package names neither.

    The sizes in the chain do not depend on the degree, so a small one serves."""
    context, _ = make_context(10, fhe.HEStd_NotSet)
    pair = context.KeyGen()
    context.EvalMultKeyGen(pair.secretKey)
    key = json.loads(fhe.Serialize(context.GetEvalMultKeyVector(pair.secretKey.GetKeyTag())[0], fhe.JSON))
    digits = key["value0"]["ptr_wrapper"]["data"]["bk"]
    primes = {int(modulus["v"]) for modulus in residue_moduli(digits[0]["v"])}
    return sum(math.log2(p) for p in primes) - math.log2(context.GetModulus()), len(digits)


def residue_moduli(node):
    """The moduli of all residue vectors below a node of a serialized polynomial."""
    if isinstance(node, list):
        for item in node:
            yield from residue_moduli(item)
    elif isinstance(node, dict):
        if isinstance(node.get("m"), dict) and isinstance(node.get("v"), list):
            yield node["m"]
        else:
            yield from residue_moduli(list(node.values()))


log_p, dnum = special_bits_and_digits()
context, parameters = make_context(args.log_n, fhe.HEStd_128_classic)
keys = context.KeyGen()
context.EvalMultKeyGen(keys.secretKey)
context.EvalRotateKeyGen(keys.secretKey, ROTATIONS)

slots = 1 << (args.log_n - 1)
first = np.cos(0.37 * np.arange(slots))
second = np.cos(0.61 * np.arange(slots))


def encode(values):
    return context.MakeCKKSPackedPlaintext(values)


def encrypt():
    return context.Encrypt(keys.publicKey, encode(first))


encoded = encode(first)
a = encrypt()
b = context.Encrypt(keys.publicKey, encode(second))


def multiply():
    return context.Rescale(context.EvalMult(a, b))


def rotate_single():
    for steps in ROTATIONS:
        result = context.EvalRotate(a, steps)
    return result


def rotate_hoisted():
    digits = context.EvalFastRotationPrecompute(a)
    for steps in ROTATIONS:
        result = context.EvalFastRotation(a, steps, 2 << args.log_n, digits)
    return result


operations = {
    "multiply_relinearize_rescale": multiply,
    "rotate": lambda: context.EvalRotate(a, 1),
    "rotate_8_single": rotate_single,
    "rotate_8_hoisted": rotate_hoisted,
    "encode": lambda: encode(first),
    "encrypt": encrypt,
    "encrypt_symmetric": lambda: context.Encrypt(keys.secretKey, encode(first)),
    "decrypt": lambda: context.Decrypt(a, keys.secretKey),
}


def worst_error(operation):
    result = operations[operation]()
    if operation == "encode":  # a plaintext hands back the values it was given, so it is read after a decryption
        result = context.Encrypt(keys.publicKey, result)
    if operation != "decrypt":
        result = context.Decrypt(result, keys.secretKey)
    result.SetLength(slots)
    expected = first
    if operation == "multiply_relinearize_rescale":
        expected = first * second
    elif operation.startswith("rotate"):
        expected = np.roll(first, -1 if operation == "rotate" else -len(ROTATIONS))
    return float(np.max(np.abs(np.array(result.GetRealPackedValue()) - expected)))


def answer(words):
    if words[0] == "memory":
        return {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    if words[0] == "check":
        return {"error": worst_error(words[1])}
    operation = operations[words[0]]
    operation()
    start = time.perf_counter()
    operation()
    return {"ms": (time.perf_counter() - start) * 1e3}


def reply(message):
    print(json.dumps(message), flush=True)


reply(
    {
        "version": version("openfhe"),
        "threads": 1,
        "log_n": args.log_n,
        "log_q": math.log2(context.GetModulus()),
        "log_p": log_p,
        "dnum": dnum,
        "sigma": round(parameters.GetStandardDeviation(), 4),
        "levels": args.depth,
    }
)
for line in sys.stdin:
    words = line.split()
    if words:
        try:
            reply(answer(words))
        except Exception as error:  # every failure is an answer
            reply({"failure": str(error)})
