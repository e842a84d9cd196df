package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"
	"github.com/tuneinsight/lattigo/v6/schemes/ckks"
)

const sigma = 3.19

var rotations = []int{1, 2, 3, 4, 5, 6, 7, 8}

func integers(list string) (r []int) {
	for _, item := range strings.Split(list, ",") {
		r = append(r, must(strconv.Atoi(item)))
	}
	return
}

func cosines(slots int, step float64) []float64 {
	r := make([]float64, slots)
	for i := range r {
		r[i] = math.Cos(step * float64(i))
	}
	return r
}

// arithmetic is two ciphertexts, their keys, and every operation that is timed.
type arithmetic struct {
	params        ckks.Parameters
	encoder       *ckks.Encoder
	public        *rlwe.Encryptor
	symmetric     *rlwe.Encryptor
	decryptor     *rlwe.Decryptor
	evaluator     *ckks.Evaluator
	first, second []float64
	plaintext     *rlwe.Plaintext
	a, b, result  *rlwe.Ciphertext
	rotated       map[int]*rlwe.Ciphertext
	transform     *ring.SubRing
	coefficients  []uint64
	decrypted     []float64
}

func newArithmetic(logN int, logQ, logP []int, logScale int) *arithmetic {
	params := must(ckks.NewParametersFromLiteral(ckks.ParametersLiteral{
		LogN: logN, LogQ: logQ, LogP: logP, LogDefaultScale: logScale,
		Xe: ring.DiscreteGaussian{Sigma: sigma, Bound: 6 * sigma},
	}))
	generator := rlwe.NewKeyGenerator(params)
	secret, public := generator.GenKeyPairNew()
	elements := params.GaloisElements(rotations)
	keys := rlwe.NewMemEvaluationKeySet(generator.GenRelinearizationKeyNew(secret), generator.GenGaloisKeysNew(elements, secret)...)
	s := &arithmetic{
		params:    params,
		encoder:   ckks.NewEncoder(params),
		public:    rlwe.NewEncryptor(params, public),
		symmetric: rlwe.NewEncryptor(params, secret),
		decryptor: rlwe.NewDecryptor(params, secret),
		evaluator: ckks.NewEvaluator(params, keys),
		first:     cosines(params.MaxSlots(), 0.37),
		second:    cosines(params.MaxSlots(), 0.61),
		plaintext: ckks.NewPlaintext(params, params.MaxLevel()),
		a:         ckks.NewCiphertext(params, 1, params.MaxLevel()),
		b:         ckks.NewCiphertext(params, 1, params.MaxLevel()),
		rotated:   map[int]*rlwe.Ciphertext{},
		decrypted: make([]float64, params.MaxSlots()),
	}
	for _, steps := range rotations {
		s.rotated[steps] = ckks.NewCiphertext(params, 1, params.MaxLevel())
	}
	// The product's receiver is one of the rotations': every operation starts from a whole ciphertext.
	s.result = ckks.NewCiphertext(params, 1, params.MaxLevel())
	check(s.encoder.Encode(s.second, s.plaintext))
	check(s.public.Encrypt(s.plaintext, s.b))
	check(s.encoder.Encode(s.first, s.plaintext))
	check(s.public.Encrypt(s.plaintext, s.a))
	s.transform = params.RingQ().SubRings[0]
	s.coefficients = make([]uint64, params.N())
	for i := range s.coefficients {
		s.coefficients[i] = uint64(i) * 0x9e3779b97f4a7c15 >> 8 % s.transform.Modulus
	}
	return s
}

// run leaves the result of an operation in s.result, s.plaintext or s.decrypted.
func (s *arithmetic) run(operation string) error {
	switch operation {
	case "multiply_relinearize_rescale":
		if err := s.evaluator.MulRelin(s.a, s.b, s.result); err != nil {
			return err
		}
		return s.evaluator.Rescale(s.result, s.result)
	case "rotate":
		return s.evaluator.Rotate(s.a, 1, s.result)
	case "rotate_8_single":
		for _, steps := range rotations {
			if err := s.evaluator.Rotate(s.a, steps, s.result); err != nil {
				return err
			}
		}
		return nil
	case "rotate_8_hoisted":
		if err := s.evaluator.RotateHoisted(s.a, rotations, s.rotated); err != nil {
			return err
		}
		s.result.Copy(s.rotated[len(rotations)])
		return nil
	case "encode":
		return s.encoder.Encode(s.first, s.plaintext)
	case "encrypt":
		if err := s.encoder.Encode(s.first, s.plaintext); err != nil {
			return err
		}
		return s.public.Encrypt(s.plaintext, s.result)
	case "encrypt_symmetric":
		if err := s.encoder.Encode(s.first, s.plaintext); err != nil {
			return err
		}
		return s.symmetric.Encrypt(s.plaintext, s.result)
	case "decrypt":
		return s.decrypt(s.a)
	case "ntt_forward":
		s.transform.NTT(s.coefficients, s.coefficients)
		return nil
	case "ntt_inverse":
		s.transform.INTT(s.coefficients, s.coefficients)
		return nil
	}
	return fmt.Errorf("no operation named %s", operation)
}

func (s *arithmetic) decrypt(ciphertext *rlwe.Ciphertext) error {
	plaintext := s.decryptor.DecryptNew(ciphertext)
	return s.encoder.Decode(plaintext, s.decrypted)
}

// fresh gives the result's receiver its full level back, outside the timing.
func (s *arithmetic) fresh() {
	s.result = ckks.NewCiphertext(s.params, 1, s.params.MaxLevel())
	s.plaintext = ckks.NewPlaintext(s.params, s.params.MaxLevel())
}

func (s *arithmetic) worstError(operation string) (worst float64, err error) {
	s.fresh()
	if err = s.run(operation); err != nil {
		return
	}
	switch operation {
	case "encode":
		err = s.encoder.Decode(s.plaintext, s.decrypted)
	case "decrypt":
	default:
		err = s.decrypt(s.result)
	}
	turn := 0
	if operation == "rotate" {
		turn = 1
	} else if strings.HasPrefix(operation, "rotate") {
		turn = len(rotations)
	}
	for i, value := range s.decrypted {
		expected := s.first[(i+turn)%len(s.first)]
		if operation == "multiply_relinearize_rescale" {
			expected = s.first[i] * s.second[i]
		}
		worst = math.Max(worst, math.Abs(value-expected))
	}
	return
}

func (s *arithmetic) ready() message {
	return message{
		"log_n": s.params.LogN(), "sigma": sigma, "log_q": s.params.LogQ(), "log_p": s.params.LogP(),
		"dnum":   s.params.BaseRNSDecompositionVectorSize(s.params.MaxLevelQ(), s.params.MaxLevelP()),
		"levels": s.params.MaxLevel(),
	}
}

// answer times a second run: the first brings the data into the caches.
func (s *arithmetic) answer(words []string) (message, error) {
	if words[0] == "check" && len(words) == 2 {
		worst, err := s.worstError(words[1])
		return message{"error": worst}, err
	}
	s.fresh()
	if err := s.run(words[0]); err != nil {
		return nil, err
	}
	s.fresh()
	start := time.Now()
	err := s.run(words[0])
	return message{"ms": milliseconds(time.Since(start))}, err
}
