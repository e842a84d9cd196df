"""The operations of bench/ckks.ts."""

import time

import numpy as np
import openfhe as fhe
from chain import inspect_chain

ROTATIONS = list(range(1, 9))


def make_context(args, log_n, security):
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


class Arithmetic:
    """Two ciphertexts, their keys, and every operation that is timed."""

    def __init__(self, args):
        self.args = args
        self.chain = inspect_chain(make_context(args, 10, fhe.HEStd_NotSet)[0])
        self.context, self.parameters = make_context(args, args.log_n, fhe.HEStd_128_classic)
        self.keys = self.context.KeyGen()
        self.context.EvalMultKeyGen(self.keys.secretKey)
        self.context.EvalRotateKeyGen(self.keys.secretKey, ROTATIONS)
        self.slots = 1 << (args.log_n - 1)
        self.first = np.cos(0.37 * np.arange(self.slots))
        self.second = np.cos(0.61 * np.arange(self.slots))
        self.a = self.encrypt(self.first)
        self.b = self.encrypt(self.second)
        self.operations = {
            "multiply_relinearize_rescale": self.multiply,
            "rotate": lambda: self.context.EvalRotate(self.a, 1),
            "rotate_8_single": self.rotate_single,
            "rotate_8_hoisted": self.rotate_hoisted,
            "encode": lambda: self.encode(self.first),
            "encrypt": lambda: self.encrypt(self.first),
            "encrypt_symmetric": lambda: self.context.Encrypt(self.keys.secretKey, self.encode(self.first)),
            "decrypt": lambda: self.context.Decrypt(self.a, self.keys.secretKey),
        }

    def ready(self):
        return {
            "log_n": self.args.log_n,
            "log_q": self.chain.log_q,
            "log_p": self.chain.log_p,
            "dnum": self.chain.digits,
            "sigma": round(self.parameters.GetStandardDeviation(), 4),
            "levels": self.args.depth,
        }

    def answer(self, words):
        if words[0] == "check":
            return {"error": self.worst_error(words[1])}
        operation = self.operations[words[0]]
        operation()  # brings the data into the caches
        start = time.perf_counter()
        operation()
        return {"ms": (time.perf_counter() - start) * 1e3}

    def encode(self, values):
        return self.context.MakeCKKSPackedPlaintext(values)

    def encrypt(self, values):
        return self.context.Encrypt(self.keys.publicKey, self.encode(values))

    def multiply(self):
        return self.context.Rescale(self.context.EvalMult(self.a, self.b))

    def rotate_single(self):
        for steps in ROTATIONS:
            result = self.context.EvalRotate(self.a, steps)
        return result

    def rotate_hoisted(self):
        digits = self.context.EvalFastRotationPrecompute(self.a)
        for steps in ROTATIONS:
            result = self.context.EvalFastRotation(self.a, steps, 2 << self.args.log_n, digits)
        return result

    def worst_error(self, operation):
        result = self.operations[operation]()
        if operation == "encode":  # a plaintext hands back the values it was given, so it is read after a decryption
            result = self.context.Encrypt(self.keys.publicKey, result)
        if operation != "decrypt":
            result = self.context.Decrypt(result, self.keys.secretKey)
        result.SetLength(self.slots)
        expected = self.first
        if operation == "multiply_relinearize_rescale":
            expected = self.first * self.second
        elif operation.startswith("rotate"):
            expected = np.roll(self.first, -1 if operation == "rotate" else -len(ROTATIONS))
        return float(np.max(np.abs(np.array(result.GetRealPackedValue()) - expected)))
