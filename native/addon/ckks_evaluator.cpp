#include <complex>
#include <memory>
#include <utility>
#include <variant>

#include "addon/arguments.hpp"
#include "addon/batch.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "ckks/evaluator.hpp"
#include "ckks/linear_transform.hpp"
#include "ckks/slot_polynomial.hpp"

// Every operation takes (parameters, evaluation keys or null, ciphertexts, …, watch) and gives a promise of as many
// ciphertexts, or of what its line says.
namespace ciphernet::addon {
namespace {

using ckks::Ciphertext;
using ckks::Evaluator;
using ckks::Plaintext;
using Ciphertexts = std::vector<std::shared_ptr<const Ciphertext>>;

/// What every operation begins with.
struct Operands {
    std::shared_ptr<const ckks::Parameters> parameters;
    std::shared_ptr<const rlwe::EvaluationKeys> keys;
    Ciphertexts ciphertexts;

    explicit Operands(const Napi::CallbackInfo& info)
        : parameters(unwrap<const ckks::Parameters>(info[0])),
          keys(info[1].IsNull() ? nullptr : unwrap<const rlwe::EvaluationKeys>(info[1])),
          ciphertexts(unwrap_all<const Ciphertext>(info[2])) {}

    Evaluator evaluator(const Execution& execution) const { return Evaluator(parameters, keys, execution); }
};

Result list_result(Ciphertexts ciphertexts) {
    return [ciphertexts = std::move(ciphertexts)](Napi::Env env) -> Napi::Value {
        return wrap_all<Ciphertext>(env, ciphertexts);
    };
}

template <class Results>
Ciphertexts shared(Results results) {
    Ciphertexts list;
    list.reserve(results.size());
    for (Ciphertext& result : results) list.push_back(std::make_shared<const Ciphertext>(std::move(result)));
    return list;
}

/// operation(evaluator, ciphertext, its index) for every ciphertext; `watch` is the call's argument of that number.
template <class Operation>
Napi::Value each(const Napi::CallbackInfo& info, std::size_t watch, Operation operation) {
    return Environment::of(info.Env())
        .run(info[watch], [operands = Operands(info), operation = std::move(operation)](const Execution& execution) {
            return list_result(map_entries<Ciphertext>(
                operands.ciphertexts.size(), execution, [&](std::size_t i, const Execution& inner) {
                    return operation(operands.evaluator(inner), *operands.ciphertexts[i], i);
                }));
        });
}

using Scalars = std::vector<std::complex<double>>;
/// The right-hand sides of an operation with two operands: one for all, or one each.
using RightHand = std::variant<Ciphertexts, std::vector<std::shared_ptr<const Plaintext>>, Scalars>;

RightHand right_hand(const Napi::Value& value, std::size_t count) {
    const auto checked = [count](auto list) {
        if (list.size() != 1 && list.size() != count)
            throw Error(ErrorCode::invalid_argument, "Expected one right operand or " + std::to_string(count) +
                                                         " but received " + std::to_string(list.size()) + ".");
        return RightHand(std::move(list));
    };
    if (value.IsTypedArray()) {
        const std::vector<double> parts = doubles(value);
        Scalars scalars(parts.size() / 2);
        for (std::size_t i = 0; i < scalars.size(); ++i) scalars[i] = {parts[2 * i], parts[2 * i + 1]};
        return checked(std::move(scalars));
    }
    const Napi::Array list = array(value);
    if (list.Length() > 0 && is_handle(list.Get(0u), Kind::plaintext))
        return checked(unwrap_all<const Plaintext>(value));
    return checked(unwrap_all<const Ciphertext>(value));
}

const Ciphertext& operand(const std::shared_ptr<const Ciphertext>& value) { return *value; }
const Plaintext& operand(const std::shared_ptr<const Plaintext>& value) { return *value; }
std::complex<double> operand(const std::complex<double>& value) { return value; }

/// (…, right-hand sides, options, watch): `operation` is overloaded for the three kinds.
template <class Operation>
Napi::Value each_pair(const Napi::CallbackInfo& info, std::size_t watch, Operation operation) {
    RightHand right = right_hand(info[3], array(info[2]).Length());
    return each(
        info, watch,
        [right = std::move(right), operation](const Evaluator& evaluator, const Ciphertext& a, std::size_t i) {
            return std::visit(
                [&](const auto& list) { return operation(evaluator, a, operand(list[list.size() == 1 ? 0 : i])); },
                right);
        });
}

template <class... Overloads>
struct Overloaded : Overloads... {
    using Overloads::operator()...;
};

/// (…, right-hand sides, watch)
Napi::Value add(const Napi::CallbackInfo& info) {
    return each_pair(
        info, 4,
        Overloaded{[](const Evaluator& e, const Ciphertext& a, const Ciphertext& b) { return e.add(a, b); },
                   [](const Evaluator& e, const Ciphertext& a, const Plaintext& b) { return e.add(a, b); },
                   [](const Evaluator& e, const Ciphertext& a, std::complex<double> b) { return e.add_scalar(a, b); }});
}

/// (…, right-hand sides, watch)
Napi::Value subtract(const Napi::CallbackInfo& info) {
    return each_pair(
        info, 4,
        Overloaded{
            [](const Evaluator& e, const Ciphertext& a, const Ciphertext& b) { return e.subtract(a, b); },
            [](const Evaluator& e, const Ciphertext& a, const Plaintext& b) { return e.subtract(a, b); },
            [](const Evaluator& e, const Ciphertext& a, std::complex<double> b) { return e.add_scalar(a, -b); }});
}

/// (…, right-hand sides, relinearize, rescale, watch)
Napi::Value multiply(const Napi::CallbackInfo& info) {
    const ckks::ProductOptions options{.relinearize = boolean(info[4]), .rescale = boolean(info[5])};
    return each_pair(info, 6,
                     Overloaded{[options](const Evaluator& e, const Ciphertext& a, const Ciphertext& b) {
                                    return e.multiply(a, b, options);
                                },
                                [options](const Evaluator& e, const Ciphertext& a, const Plaintext& b) {
                                    return e.multiply(a, b, options.rescale);
                                },
                                [options](const Evaluator& e, const Ciphertext& a, std::complex<double> b) {
                                    return e.multiply_scalar(a, b, options.rescale);
                                }});
}

/// (…, relinearize, rescale, watch)
Napi::Value square(const Napi::CallbackInfo& info) {
    const ckks::ProductOptions options{.relinearize = boolean(info[3]), .rescale = boolean(info[4])};
    return each(info, 5,
                [options](const Evaluator& e, const Ciphertext& a, std::size_t) { return e.square(a, options); });
}

/// (…, watch)
Napi::Value negate(const Napi::CallbackInfo& info) {
    return each(info, 3, [](const Evaluator& e, const Ciphertext& a, std::size_t) { return e.negate(a); });
}

/// (…, watch)
Napi::Value rescale(const Napi::CallbackInfo& info) {
    return each(info, 3, [](const Evaluator& e, const Ciphertext& a, std::size_t) { return e.rescale(a); });
}

/// (…, watch)
Napi::Value relinearize(const Napi::CallbackInfo& info) {
    return each(info, 3, [](const Evaluator& e, const Ciphertext& a, std::size_t) { return e.relinearize(a); });
}

/// (…, level, watch)
Napi::Value drop_to_level(const Napi::CallbackInfo& info) {
    return each(info, 4, [level = integer(info[3])](const Evaluator& e, const Ciphertext& a, std::size_t) {
        return e.drop_to_level(a, level);
    });
}

/// (…, steps, watch)
Napi::Value rotate(const Napi::CallbackInfo& info) {
    return each(info, 4, [steps = integer(info[3])](const Evaluator& e, const Ciphertext& a, std::size_t) {
        return e.rotate(a, steps);
    });
}

/// (…, watch)
Napi::Value conjugate(const Napi::CallbackInfo& info) {
    return each(info, 3, [](const Evaluator& e, const Ciphertext& a, std::size_t) { return e.conjugate(a); });
}

/// (…, watch)
Napi::Value multiply_by_i(const Napi::CallbackInfo& info) {
    return each(info, 3, [](const Evaluator& e, const Ciphertext& a, std::size_t) { return e.multiply_by_i(a); });
}

/// (…, imaginary parts, watch)
Napi::Value join_complex(const Napi::CallbackInfo& info) {
    auto imaginary = unwrap_all<const Ciphertext>(info[3]);
    if (imaginary.size() != array(info[2]).Length())
        throw Error(ErrorCode::invalid_argument, "Expected as many imaginary parts as real ones.");
    return each(info, 4, [imaginary = std::move(imaginary)](const Evaluator& e, const Ciphertext& a, std::size_t i) {
        return e.join_complex(a, *imaginary[i]);
    });
}

/// (…, count, stride, watch)
Napi::Value inner_sum(const Napi::CallbackInfo& info) {
    return each(info, 5,
                [count = integer(info[3]), stride = integer(info[4])](
                    const Evaluator& e, const Ciphertext& a, std::size_t) { return e.inner_sum(a, count, stride); });
}

/// (…, real parts of the coefficients, imaginary ones or none, interval: Float64Array of two numbers for a Chebyshev series, empty for powers, watch)
Napi::Value evaluate_polynomial(const Napi::CallbackInfo& info) {
    const std::vector<double> re = doubles(info[3]);
    const std::vector<double> im = doubles(info[4]);
    const std::vector<double> interval = doubles(info[5]);
    ckks::SlotPolynomial polynomial;
    for (std::size_t k = 0; k < re.size(); ++k) polynomial.coefficients.emplace_back(re[k], im.empty() ? 0 : im[k]);
    if (interval.size() == 2) {
        polynomial.basis = ckks::PolynomialBasis::chebyshev;
        polynomial.lower = interval[0];
        polynomial.upper = interval[1];
    }
    return each(info, 6, [polynomial = std::move(polynomial)](const Evaluator& e, const Ciphertext& a, std::size_t) {
        return e.evaluate_polynomial(a, polynomial);
    });
}

/// The same for an operation that gives a range of ciphertexts: all of the first entry, then of the second, …
template <class Operation>
Napi::Value each_to_many(const Napi::CallbackInfo& info, std::size_t watch, Operation operation) {
    return Environment::of(info.Env())
        .run(info[watch], [operands = Operands(info), operation = std::move(operation)](const Execution& execution) {
            std::vector<Ciphertexts> results(operands.ciphertexts.size());
            for_each_entry(results.size(), execution, [&](std::size_t i, const Execution& inner) {
                results[i] = shared(operation(operands.evaluator(inner), *operands.ciphertexts[i]));
            });
            Ciphertexts all;
            for (Ciphertexts& some : results) all.insert(all.end(), some.begin(), some.end());
            return list_result(std::move(all));
        });
}

/// (…, steps: Int32Array, watch): all rotations of each
Napi::Value rotate_hoisted(const Napi::CallbackInfo& info) {
    return each_to_many(info, 4, [steps = integers(info[3])](const Evaluator& e, const Ciphertext& a) {
        return e.rotate_hoisted(a, steps);
    });
}

/// (…, watch): twice the real and twice the imaginary part of each
Napi::Value split_complex(const Napi::CallbackInfo& info) {
    return each_to_many(info, 3, [](const Evaluator& e, const Ciphertext& a) { return e.split_complex(a); });
}

/// (…, weights, bias: rows, row offsets: Int32Array, columns: Int32Array, watch): one ciphertext a row. Without row offsets
/// the weights are all rows × inputs.
Napi::Value linear_map(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[7], [operands = Operands(info), weights = doubles(info[3]), bias = doubles(info[4]),
                       offsets = integers(info[5]), columns = integers(info[6])](const Execution& execution) {
            std::vector<const Ciphertext*> inputs;
            for (const auto& ciphertext : operands.ciphertexts) inputs.push_back(ciphertext.get());
            const Evaluator evaluator = operands.evaluator(execution);
            return list_result(shared(offsets.empty()
                                          ? evaluator.linear_map(inputs, weights, bias)
                                          : evaluator.linear_map(inputs, {offsets, columns, weights}, bias)));
        });
}

/// (parameters, indices: Int32Array, [re, im, …] of the diagonals, level, baby steps or 0, most keys, watch)
/// -> Promise<handle>
Napi::Value linear_transform(const Napi::CallbackInfo& info) {
    const std::vector<int> indices = integers(info[1]);
    std::vector<ckks::SlotVector> values = slot_vectors(info[2]);
    if (indices.size() != values.size())
        throw Error(ErrorCode::invalid_argument, "Expected as many indices as diagonals.");
    std::vector<ckks::Diagonal> diagonals;
    for (std::size_t i = 0; i < indices.size(); ++i) diagonals.push_back({indices[i], std::move(values[i])});
    const ckks::LinearTransformOptions options{.baby_steps = integer(info[4]), .most_keys = integer(info[5])};
    return Environment::of(info.Env())
        .run(info[6],
             [parameters = unwrap<const ckks::Parameters>(info[0]), diagonals = std::move(diagonals),
              level = integer(info[3]), options](const Execution& execution) -> Result {
                 auto transform = std::make_shared<const ckks::LinearTransform>(
                     ckks::LinearTransform::encode(parameters, diagonals, level, options, execution));
                 return [transform = std::move(transform)](Napi::Env env) -> Napi::Value {
                     return wrap<ckks::LinearTransform>(env, transform);
                 };
             });
}

/// (linear transform) -> { level, rotations, babySteps, giantSteps, diagonals, byteLength }
Napi::Value describe_linear_transform(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto transform = unwrap<const ckks::LinearTransform>(info[0]);
    const std::vector<int> steps = transform->rotations();
    Napi::Array rotations = Napi::Array::New(env, steps.size());
    for (std::uint32_t i = 0; i < steps.size(); ++i) rotations.Set(i, Napi::Number::New(env, steps[i]));
    Napi::Object result = Napi::Object::New(env);
    const auto set = [&](const char* name, std::size_t value) {
        result.Set(name, Napi::Number::New(env, static_cast<double>(value)));
    };
    result.Set("level", Napi::Number::New(env, transform->level()));
    result.Set("rotations", rotations);
    set("babySteps", transform->baby_steps().size());
    set("giantSteps", transform->giants().size());
    set("diagonals", transform->diagonal_count());
    set("byteLength", transform->byte_count());
    return result;
}

/// (…, linear transform, watch)
Napi::Value transform(const Napi::CallbackInfo& info) {
    return each(info, 4,
                [matrix = unwrap<const ckks::LinearTransform>(info[3])](
                    const Evaluator& e, const Ciphertext& a, std::size_t) { return e.transform(a, *matrix); });
}

/// (…, outputs × ciphertexts of linear transforms or null, watch): one ciphertext an output
Napi::Value transform_blocks(const Napi::CallbackInfo& info) {
    const Napi::Array list = array(info[3]);
    std::vector<std::shared_ptr<const ckks::LinearTransform>> blocks;
    for (std::uint32_t i = 0; i < list.Length(); ++i) {
        const Napi::Value block = list.Get(i);
        blocks.push_back(block.IsNull() ? nullptr : unwrap<const ckks::LinearTransform>(block));
    }
    return Environment::of(info.Env())
        .run(info[4], [operands = Operands(info), blocks = std::move(blocks)](const Execution& execution) {
            std::vector<const Ciphertext*> inputs;
            for (const auto& ciphertext : operands.ciphertexts) inputs.push_back(ciphertext.get());
            std::vector<const ckks::LinearTransform*> matrix;
            for (const auto& block : blocks) matrix.push_back(block.get());
            return list_result(shared(operands.evaluator(execution).transform(inputs, matrix)));
        });
}

}  // namespace

void expose_evaluator(Napi::Object& exports) {
    expose<add>(exports, "add");
    expose<subtract>(exports, "subtract");
    expose<multiply>(exports, "multiply");
    expose<square>(exports, "square");
    expose<negate>(exports, "negate");
    expose<rescale>(exports, "rescale");
    expose<relinearize>(exports, "relinearize");
    expose<drop_to_level>(exports, "dropToLevel");
    expose<rotate>(exports, "rotate");
    expose<conjugate>(exports, "conjugate");
    expose<multiply_by_i>(exports, "multiplyByI");
    expose<split_complex>(exports, "splitComplex");
    expose<join_complex>(exports, "joinComplex");
    expose<inner_sum>(exports, "innerSum");
    expose<evaluate_polynomial>(exports, "evaluatePolynomial");
    expose<rotate_hoisted>(exports, "rotateHoisted");
    expose<linear_map>(exports, "linearMap");
    expose<linear_transform>(exports, "linearTransform");
    expose<describe_linear_transform>(exports, "describeLinearTransform");
    expose<transform>(exports, "transform");
    expose<transform_blocks>(exports, "transformBlocks");
}

}  // namespace ciphernet::addon
