// A small pool of threads: TensorFlow's kernel C API lends none. Work is split by shapes alone, never by the number of
// threads, so results do not depend on it.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace involve {

class Pool {
 public:
  static Pool& get() {
    // Never destroyed: its threads may outlive the end of the program's static objects.
    static Pool* pool = new Pool();
    return *pool;
  }

  /** The number of threads that work, the calling one included. */
  void setThreads(int count) {
    std::lock_guard<std::mutex> turn(turn_);
    threads_ = count < 1 ? 1 : count;
    while (static_cast<int>(workers_.size()) < threads_ - 1) {
      const int index = static_cast<int>(workers_.size());
      workers_.emplace_back([this, index] { serve(index); });
      workers_.back().detach();
    }
  }

  /** Calls task(i) for every i below `count`, each once, on as many threads as there are. */
  template <class Task>
  void run(long count, const Task& task) {
    if (count <= 0) return;
    std::lock_guard<std::mutex> turn(turn_);
    if (threads_ == 1 || count == 1) {
      for (long i = 0; i < count; i++) task(i);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      call_ = [](const void* each, long i) { (*static_cast<const Task*>(each))(i); };
      task_ = &task;
      next_ = 0;
      count_ = count;
      generation_++;
    }
    wake_.notify_all();
    work(&task);
    std::unique_lock<std::mutex> lock(mutex_);
    task_ = nullptr;
    done_.wait(lock, [this] { return active_ == 0; });
  }

 private:
  Pool() { setThreads(static_cast<int>(std::thread::hardware_concurrency())); }

  void work(const void* task) {
    for (long i; (i = next_.fetch_add(1)) < count_;) call_(task, i);
  }

  void serve(int index) {
    unsigned long seen = 0;
    for (;;) {
      const void* task;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return generation_ != seen; });
        seen = generation_;
        task = task_;
        if (task == nullptr || index >= threads_ - 1) continue;
        active_++;
      }
      work(task);
      std::lock_guard<std::mutex> lock(mutex_);
      if (--active_ == 0) done_.notify_all();
    }
  }

  int threads_ = 1;
  std::vector<std::thread> workers_;
  std::mutex turn_, mutex_;
  std::condition_variable wake_, done_;
  std::atomic<long> next_{0};
  long count_ = 0;
  void (*call_)(const void*, long) = nullptr;
  const void* task_ = nullptr;
  int active_ = 0;
  unsigned long generation_ = 0;
};

/** Calls task(begin, end) for pieces of at most `piece` of [0, count). */
template <class Task>
void parallelPieces(long count, long piece, const Task& task) {
  Pool::get().run((count + piece - 1) / piece, [&](long i) {
    const long begin = i * piece, end = begin + piece < count ? begin + piece : count;
    task(begin, end);
  });
}

}  // namespace involve
