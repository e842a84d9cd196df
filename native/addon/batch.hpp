#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/execution.hpp"

namespace ciphernet::addon {

/// body(i, execution) for every entry of a batch. A batch that fills the pool takes one thread an entry; a smaller one
/// is parallel inside its entries as well. Progress counts entries, but a single entry tells of its own steps.
template <class Body>
void for_each_entry(std::size_t count, const Execution& execution, const Body& body) {
    if (count == 1) return body(0, execution);
    const bool fills = count >= static_cast<std::size_t>(ThreadPool::process().thread_count());
    const Execution inner = fills ? execution.sequential() : execution.untold();
    const StepReport entries(execution, count);
    execution.parallel_for(count, [&](std::size_t i) {
        body(i, inner);
        entries.done();
    });
}

/// The results of an operation over a batch, in order.
template <class T, class Operation>
std::vector<std::shared_ptr<const T>> map_entries(std::size_t count, const Execution& execution,
                                                  const Operation& operation) {
    std::vector<std::shared_ptr<const T>> results(count);
    for_each_entry(count, execution, [&](std::size_t i, const Execution& inner) {
        results[i] = std::make_shared<const T>(operation(i, inner));
    });
    return results;
}

}  // namespace ciphernet::addon
