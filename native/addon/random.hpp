#pragma once

#include <memory>
#include <vector>

#include "random/random_source.hpp"

namespace ciphernet::addon {

/// The random source of every part of a job. A system source is shared by all. A deterministic one gives each part a
/// child of its own, drawn on the JavaScript thread in the order of the calls: so that the same program gives the same
/// objects however the parts are scheduled.
class JobRandom {
public:
    JobRandom(std::shared_ptr<RandomSource> source, std::size_t parts);
    bool insecure() const { return source_->insecure(); }
    RandomSource& of(std::size_t part) { return children_.empty() ? *source_ : children_[part]; }

private:
    std::shared_ptr<RandomSource> source_;
    std::vector<RandomSource> children_;
};

}  // namespace ciphernet::addon
