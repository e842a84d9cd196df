package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tuneinsight/lattigo/v6/circuits/ckks/bootstrapping"
	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"
	"github.com/tuneinsight/lattigo/v6/schemes/ckks"
)

// bootstrapper is a bootstrapping key and what it takes to see how exact a bootstrap is.
type bootstrapper struct {
	params     bootstrapping.Parameters
	evaluator  *bootstrapping.Evaluator
	encoder    *ckks.Encoder
	encryptor  *rlwe.Encryptor
	decryptor  *rlwe.Decryptor
	logSlots   int
	random     *rand.Rand
	keyTime    time.Duration
	keyBytes   int
	mainWeight int
}

// librarySet is the library's own set for a ring degree: the one with a sparse main secret, which its documentation
// lists first.
func librarySet(logN int) (residual ckks.ParametersLiteral, circuit bootstrapping.ParametersLiteral, err error) {
	switch logN {
	case 16:
		set := bootstrapping.N16QP1546H192H32
		residual, circuit = set.SchemeParams, set.BootstrappingParams
	case 15:
		set := bootstrapping.N15QP768H192H32
		residual, circuit = set.SchemeParams, set.BootstrappingParams
	default:
		err = fmt.Errorf("no bootstrapping set at N = 2^%d; there are: 15, 16", logN)
	}
	return
}

func newBootstrapper(logN, logSlots int) (*bootstrapper, error) {
	// What lives is 11 GB in few, huge arrays: to collect garbage often costs no time, to do it rarely twice the memory.
	debug.SetGCPercent(10)
	residual, circuit, err := librarySet(logN)
	if err != nil {
		return nil, err
	}
	// What a set leaves out has defaults for N = 2^16; the name of a set counts the special primes that it lists itself.
	circuit.LogN, circuit.LogSlots, circuit.LogP = &logN, &logSlots, residual.LogP
	scheme, err := ckks.NewParametersFromLiteral(residual)
	if err != nil {
		return nil, err
	}
	params, err := bootstrapping.NewParametersFromLiteral(scheme, circuit)
	if err != nil {
		return nil, err
	}
	secret := rlwe.NewKeyGenerator(scheme).GenSecretKeyNew()
	start := time.Now()
	keys, _, err := params.GenEvaluationKeys(secret)
	if err != nil {
		return nil, err
	}
	keyTime := time.Since(start)
	evaluator, err := bootstrapping.NewEvaluator(params, keys)
	if err != nil {
		return nil, err
	}
	return &bootstrapper{
		params:     params,
		evaluator:  evaluator,
		encoder:    ckks.NewEncoder(scheme),
		encryptor:  rlwe.NewEncryptor(scheme, secret),
		decryptor:  rlwe.NewDecryptor(scheme, secret),
		logSlots:   logSlots,
		random:     rand.New(rand.NewPCG(1, 0)),
		keyTime:    keyTime,
		keyBytes:   keys.BinarySize(),
		mainWeight: residual.Xs.(ring.Ternary).H,
	}, nil
}

func (b *bootstrapper) ready() message {
	whole := b.params.BootstrappingParameters
	return message{
		"log_n": whole.LogN(), "log_slots": b.logSlots, "log_q": whole.LogQ(), "log_p": whole.LogP(),
		"dnum":      whole.BaseRNSDecompositionVectorSize(whole.MaxLevelQ(), whole.MaxLevelP()),
		"sigma":     whole.Xe().(ring.DiscreteGaussian).Sigma,
		"secret":    fmt.Sprintf("ternary, weight %d, in the circuit %d", b.mainWeight, b.params.EphemeralSecretWeight),
		"keygen_ms": milliseconds(b.keyTime),
		"key_bytes": b.keyBytes,
	}
}

// values are random slots of the square from -1 - i to 1 + i.
func (b *bootstrapper) values() []complex128 {
	slots := make([]complex128, 1<<b.logSlots)
	for i := range slots {
		slots[i] = complex(2*b.random.Float64()-1, 2*b.random.Float64()-1)
	}
	return slots
}

// precision is the mean and the least of -log2 of the errors' real and imaginary parts.
func precision(expected, actual []complex128) (mean, worst float64) {
	worst = math.Inf(1)
	count := 0
	for i := range expected {
		difference := actual[i] - expected[i]
		for _, part := range []float64{real(difference), imag(difference)} {
			if part != 0 {
				bits := -math.Log2(math.Abs(part))
				mean += bits
				worst = math.Min(worst, bits)
				count++
			}
		}
	}
	return mean / float64(count), worst
}

// bootstrap calls Evaluate where it can: Bootstrap packs sparse ciphertexts first and forgets how many slots they have
// (lattigo#505). Evaluate of v6.1.1 rescales after every matrix, also where a set has two of them for one prime
// (lattigo#561, fixed later): there the steps of Evaluate are called one by one, the last one as it was meant.
func (b *bootstrapper) bootstrap(ciphertext *rlwe.Ciphertext) (*rlwe.Ciphertext, error) {
	last := b.evaluator.S2CDFTMatrix
	if len(last.Matrices) == len(last.Levels) {
		return b.evaluator.Evaluate(ciphertext)
	}
	scaled, _, err := b.evaluator.ScaleDown(ciphertext)
	if err != nil {
		return nil, err
	}
	raised, err := b.evaluator.ModUp(scaled)
	if err != nil {
		return nil, err
	}
	left, right, err := b.evaluator.CoeffsToSlots(raised)
	if err != nil {
		return nil, err
	}
	if left, err = b.evaluator.EvalMod(left); err != nil {
		return nil, err
	}
	if right != nil {
		if right, err = b.evaluator.EvalMod(right); err != nil {
			return nil, err
		}
		if err = b.evaluator.Mul(right, 1i, right); err != nil {
			return nil, err
		}
		if err = b.evaluator.Add(left, right, left); err != nil {
			return nil, err
		}
	}
	return b.slotsToCoeffs(left)
}

// slotsToCoeffs rescales once for all matrices of a level.
func (b *bootstrapper) slotsToCoeffs(ciphertext *rlwe.Ciphertext) (*rlwe.Ciphertext, error) {
	last := b.evaluator.S2CDFTMatrix
	dimensions := ciphertext.LogDimensions
	rest := last.Matrices
	for _, count := range last.Levels {
		for _, matrix := range rest[:count] {
			product := ckks.NewCiphertext(b.params.BootstrappingParameters, 1, min(ciphertext.Level(), last.LevelQ))
			if err := b.evaluator.DFTEvaluator.LTEvaluator.Evaluate(ciphertext, matrix, product); err != nil {
				return nil, err
			}
			ciphertext = product
		}
		rest = rest[count:]
		if err := b.evaluator.Rescale(ciphertext, ciphertext); err != nil {
			return nil, err
		}
	}
	ciphertext.LogDimensions = dimensions
	return ciphertext, nil
}

// run bootstraps a new ciphertext at level 0.
func (b *bootstrapper) run() (expected []complex128, result *rlwe.Ciphertext, elapsed time.Duration, err error) {
	expected = b.values()
	plaintext := ckks.NewPlaintext(b.params.ResidualParameters, 0)
	plaintext.LogDimensions = ring.Dimensions{Rows: 0, Cols: b.logSlots}
	if err = b.encoder.Encode(expected, plaintext); err != nil {
		return
	}
	ciphertext, err := b.encryptor.EncryptNew(plaintext)
	if err != nil {
		return
	}
	start := time.Now()
	result, err = b.bootstrap(ciphertext)
	elapsed = time.Since(start)
	return
}

func (b *bootstrapper) answer(words []string) (message, error) {
	switch operation := strings.Join(words, " "); operation {
	case "bootstrap":
		_, _, elapsed, err := b.run()
		return message{"ms": milliseconds(elapsed)}, err
	case "precision random":
		expected, result, _, err := b.run()
		if err != nil {
			return nil, err
		}
		actual := make([]complex128, len(expected))
		if err = b.encoder.Decode(b.decryptor.DecryptNew(result), actual); err != nil {
			return nil, err
		}
		mean, worst := precision(expected, actual)
		return message{"mean_bits": mean, "worst_bits": worst, "levels_left": result.Level()}, nil
	default:
		return nil, fmt.Errorf("no operation named %s", operation)
	}
}
