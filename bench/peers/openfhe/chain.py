"""What a parameter set's chain of primes is: the package names neither the special primes nor all others."""

import json
import math
from collections import namedtuple

import openfhe as fhe

Chain = namedtuple("Chain", "log_q log_p primes_q primes_p digits")


def inspect_chain(context):
    """The chain, read from a key and a ciphertext of a context of the same set at a small degree: neither the sizes nor
    the numbers of primes depend on the degree."""
    keys = context.KeyGen()
    context.EvalMultKeyGen(keys.secretKey)
    ciphertext = context.Encrypt(keys.publicKey, context.MakeCKKSPackedPlaintext([1.0]))
    key = context.GetEvalMultKeyVector(keys.secretKey.GetKeyTag())[0]
    digits = json.loads(fhe.Serialize(key, fhe.JSON))["value0"]["ptr_wrapper"]["data"]["bk"]
    q = primes(json.loads(fhe.Serialize(ciphertext, fhe.JSON)))
    p = primes(digits) - q
    return Chain(bits(q), bits(p), len(q), len(p), len(digits))


def bits(moduli):
    return sum(math.log2(modulus) for modulus in moduli)


def primes(node):
    """The moduli of all residue vectors below a node of a serialized object."""
    if isinstance(node, list):
        return set().union(*map(primes, node))
    if isinstance(node, dict):
        modulus = node.get("m")
        if isinstance(modulus, dict) and "v" in modulus and isinstance(node.get("v"), list):
            return {int(modulus["v"])}
        return set().union(*map(primes, node.values()))
    return set()
