"""One bootstrap, with the settings that the library's own examples and documentation use."""

import time

import numpy as np
import openfhe as fhe
from chain import inspect_chain

LEVEL_BUDGET = [3, 3]  # of CoeffsToSlots and SlotsToCoeffs
LEVELS_LEFT = 4
SECRET = fhe.SPARSE_TERNARY
DEPTH = LEVELS_LEFT + fhe.CryptoContext.GetBootstrapDepth(LEVEL_BUDGET, SECRET)


def make_context(log_n, security):
    parameters = fhe.CCParamsCKKSRNS()
    parameters.SetRingDim(1 << log_n)
    parameters.SetSecurityLevel(security)
    parameters.SetSecretKeyDist(SECRET)
    parameters.SetFirstModSize(60)
    parameters.SetScalingModSize(59)
    parameters.SetScalingTechnique(fhe.FLEXIBLEAUTO)
    parameters.SetMultiplicativeDepth(DEPTH)
    parameters.SetCKKSDataType(fhe.COMPLEX)
    context = fhe.GenCryptoContext(parameters)
    for feature in (fhe.PKE, fhe.KEYSWITCH, fhe.LEVELEDSHE, fhe.ADVANCEDSHE, fhe.FHE):
        context.Enable(feature)
    return context, parameters


class Bootstrap:
    """A bootstrapping key and what it takes to see how exact a bootstrap is."""

    def __init__(self, args):
        self.args = args
        self.chain = inspect_chain(make_context(10, fhe.HEStd_NotSet)[0])
        self.context, self.parameters = make_context(args.log_n, fhe.HEStd_128_classic)
        self.slots = 1 << args.log_slots
        self.random = np.random.default_rng(1)
        self.context.EvalBootstrapSetup(LEVEL_BUDGET, [0, 0], self.slots)
        self.keys = self.context.KeyGen()
        start = time.perf_counter()
        self.context.EvalMultKeyGen(self.keys.secretKey)
        self.context.EvalBootstrapKeyGen(self.keys.secretKey, self.slots)
        self.keygen_ms = (time.perf_counter() - start) * 1e3

    def ready(self):
        return {
            "log_n": self.args.log_n,
            "log_slots": self.args.log_slots,
            "log_q": self.chain.log_q,
            "log_p": self.chain.log_p,
            "dnum": self.chain.digits,
            "sigma": round(self.parameters.GetStandardDeviation(), 4),
            "secret": "ternary, weight 192",
            "keygen_ms": self.keygen_ms,
            "key_bytes": self.key_bytes(),
        }

    def key_bytes(self):
        """All keys are for the top level; a residue takes a word of 64 bits."""
        keys = 1 + len(self.context.GetExistingEvalAutomorphismKeyIndices(self.keys.secretKey.GetKeyTag()))
        limbs = self.chain.primes_q + self.chain.primes_p
        return keys * 2 * self.chain.digits * limbs * 8 << self.args.log_n

    def answer(self, words):
        if words == ["bootstrap"]:
            return {"ms": self.run()[2] * 1e3}
        if words == ["precision", "random"]:
            expected, result, _ = self.run()
            return self.precision(expected, result)
        raise ValueError(f"no operation named {' '.join(words)}")

    def run(self):
        """Bootstraps a new ciphertext of random slots with one level left, the least that the library takes."""
        expected = self.random.uniform(-1, 1, self.slots) + 1j * self.random.uniform(-1, 1, self.slots)
        plaintext = self.context.MakeCKKSPackedPlaintext(expected, 1, DEPTH - 1, None, self.slots)
        ciphertext = self.context.Encrypt(self.keys.publicKey, plaintext)
        start = time.perf_counter()
        result = self.context.EvalBootstrap(ciphertext)
        return expected, result, time.perf_counter() - start

    def precision(self, expected, result):
        decrypted = self.context.Decrypt(result, self.keys.secretKey)
        decrypted.SetLength(self.slots)
        difference = np.array(decrypted.GetCKKSPackedValue()) - expected
        bits = -np.log2(np.abs(np.concatenate([difference.real, difference.imag])))
        return {
            "mean_bits": float(bits.mean()),
            "worst_bits": float(bits.min()),
            # A result that was not rescaled yet holds one level more than it can use.
            "levels_left": DEPTH - result.GetLevel() - (result.GetNoiseScaleDeg() - 1),
        }
