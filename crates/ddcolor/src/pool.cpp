// Memory of tensors, kept during a run of the network from one that is freed to the next of about its size.
// `pool.rs` says why.

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <list>
#include <mutex>

namespace {

// Less is had from the system's allocator without its asking the system.
constexpr size_t kSmallest = size_t{1} << 20;
// A block may be larger than what it is used for, by a quarter at most.
constexpr size_t kSlackDivisor = 4;
// As far as libtorch aligns memory; the header takes as much, so that what follows it stays aligned.
constexpr size_t kHeader = 64;

// Lies before each tensor's memory.
struct Header {
  size_t capacity;
  // Whether it was made while the pool was open, and so is counted as in use until it is freed.
  bool is_counted;
};
static_assert(sizeof(Header) <= kHeader);

class Pool final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t size) override {
    if (size == 0) {
      return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
    }
    Header* header = size < kSmallest ? nullptr : take(size);
    if (header == nullptr) {
      header = static_cast<Header*>(c10::alloc_cpu(size + kHeader));
      header->capacity = size;
      header->is_counted = size >= kSmallest && count(size);
    }
    void* data = reinterpret_cast<char*>(header) + kHeader;
    return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &release; }

  void copy_data(void* to, const void* from, size_t size) const override {
    default_copy_data(to, from, size);
  }

  void open() {
    std::lock_guard<std::mutex> lock(mutex_);
    ++users_;
  }

  void close() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (--users_ == 0) {
      give_back_until(0);
      peak_ = in_use_;
    }
  }

  size_t idle_bytes() {
    std::lock_guard<std::mutex> lock(mutex_);
    return idle_bytes_;
  }

  static Pool& instance() {
    // Never destroyed: tensors may outlive everything.
    static Pool* pool = new Pool;
    return *pool;
  }

 private:
  // The idle block that fits best, which counts as in use from then on.
  Header* take(size_t size) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto best = idle_.end();
    for (auto block = idle_.begin(); block != idle_.end(); ++block) {
      const size_t capacity = (*block)->capacity;
      const bool fits = capacity >= size && capacity - size <= size / kSlackDivisor;
      if (fits && (best == idle_.end() || capacity < (*best)->capacity)) best = block;
    }
    if (best == idle_.end()) return nullptr;
    Header* header = *best;
    idle_.erase(best);
    idle_bytes_ -= header->capacity;
    add(header->capacity);
    return header;
  }

  // Counts a new block as in use, if the pool is open, and makes room for it: all blocks together never take more than
  // those in use once did.
  bool count(size_t size) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (users_ == 0) return false;
    add(size);
    give_back_until(peak_ - in_use_);
    return true;
  }

  // Whether a block stays in the pool that is no longer in use.
  bool keep(Header* header) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (header->is_counted) in_use_ -= header->capacity;
    if (users_ == 0 || header->capacity < kSmallest) return false;
    header->is_counted = true;
    idle_.push_back(header);
    idle_bytes_ += header->capacity;
    return true;
  }

  void add(size_t size) {
    in_use_ += size;
    peak_ = std::max(peak_, in_use_);
  }

  // Frees the blocks that have been idle longest.
  void give_back_until(size_t idle_bytes) {
    while (idle_bytes_ > idle_bytes) {
      Header* header = idle_.front();
      idle_.pop_front();
      idle_bytes_ -= header->capacity;
      c10::free_cpu(header);
    }
  }

  static void release(void* data) {
    if (data == nullptr) return;
    auto* header = reinterpret_cast<Header*>(static_cast<char*>(data) - kHeader);
    if (!instance().keep(header)) c10::free_cpu(header);
  }

  std::mutex mutex_;
  // From the one that has been idle longest.
  std::list<Header*> idle_;
  size_t idle_bytes_ = 0;
  // Of blocks that were made while the pool was open, now and at most since it was opened.
  size_t in_use_ = 0;
  size_t peak_ = 0;
  size_t users_ = 0;
};

// Before the program begins, since some of libtorch's memory is freed by whatever allocator there is by then.
const bool kInstalled = [] {
  c10::SetCPUAllocator(&Pool::instance(), /*priority=*/1);
  return true;
}();

}  // namespace

extern "C" {

void tintype_pool_open() noexcept { Pool::instance().open(); }

void tintype_pool_close() noexcept { Pool::instance().close(); }

size_t tintype_pool_idle_bytes() noexcept { return Pool::instance().idle_bytes(); }

}
