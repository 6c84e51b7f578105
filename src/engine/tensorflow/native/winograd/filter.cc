// The gradient of a dense 3×3 convolution of stride 1 to its filter, by Winograd's F(4×4, 3×3): see
// transforms.h. Each of the 36 places of a transformed tile is one product of matrices, [channels, tiles] ·
// [tiles, outputs]. Tiles are cut into chunks by the shapes alone, whose sums are added in order, so results do not
// depend on the number of threads.
#include <algorithm>
#include <vector>

#include "base/op.h"
#include "base/pool.h"
#include "base/scratch.h"
#include "winograd/tiles.h"

namespace involve {
namespace winograd {
namespace {

/** Channels that lie side by side in transformed tiles: whole vectors, and whole strips that are multiplied at once. */
constexpr long PANEL = LANES == 16 ? 16 : LANES == 8 ? 24 : 12;
constexpr long STRIP = LANES == 16 ? 8 : REGISTERS == 32 ? 12 : 6;
/** Transformed tiles of both maps that are in memory at a time. More than forwards: they are gone through more seldom. */
constexpr long CHUNK_FLOATS = 3 << 20;
/** Channels and outputs whose gradients fit into a core's cache before they are transformed back. */
constexpr long BLOCK_CHANNELS = 48, BLOCK_OUTPUTS = 64;
/** Tiles that are transformed in one piece of work. */
constexpr long GROUP = 8;

/** Tiles of one map, transformed for the products: [36][panels][chunk][panel]. */
struct Panels {
  long panel, panels, chunk, step;
  Panels(long channels, long panel, long chunk)
      : panel(panel), panels(pieces(channels, panel)), chunk(chunk), step(oddLines(chunk * panels * panel)) {}
  long size() const { return PLACES * step; }
  long at(long tile, long channel) const { return (channel / panel * chunk + tile) * panel + channel % panel; }
};

struct FilterGradient {
  const float *x, *dy;
  Maps source, target;
  long top, left;
  float* dFilter;

  void run() const {
    const Tiles tiles(target);
    const long K = source.channels, N = target.channels;
    const long floats = PLACES * (roundUp(K, PANEL) + roundUp(N, COLUMNS));
    const long chunk = evenly(tiles.count, std::max(1L, CHUNK_FLOATS / floats));
    const Panels in(K, PANEL, chunk), out(N, COLUMNS, chunk);
    const Scratch images(in.size()), gradients(out.size());
    const std::vector<float> zeros(std::max(K, N));
    const long blockK = evenly(K, BLOCK_CHANNELS, PANEL), blockN = evenly(N, BLOCK_OUTPUTS, COLUMNS);
    const long blocksN = pieces(N, blockN);
    for (long first = 0; first < tiles.count; first += chunk) {
      const long count = std::min(chunk, tiles.count - first);
      parallelPieces(count, GROUP, [&](long begin, long end) {
        Table<PATCH, const float> patch;
        Table<TILE, const float> tile;
        for (long i = begin; i < end; i++) {
          patch.set(tiles, first + i, x, source, top, left, zeros.data());
          transformTile<InputTransform>(patch, K, in.step, [&](long c) { return images.data() + in.at(i, c); });
          tile.set(tiles, first + i, dy, target, 0, 0, zeros.data());
          transformTile<OutputGradTransform>(tile, N, out.step,
                                             [&](long c) { return gradients.data() + out.at(i, c); });
        }
      });
      Pool::get().run(pieces(K, blockK) * blocksN, [&](long item) {
        const long k0 = item / blocksN * blockK, n0 = item % blocksN * blockN;
        multiplyBlock(in, images.data(), out, gradients.data(), count, k0, std::min(K, k0 + blockK), n0,
                      std::min(N, n0 + blockN), first > 0);
      });
    }
  }

  /** Channels [k0, k1) and outputs [n0, n1), over `count` transformed tiles; added to what is there if `add`. */
  void multiplyBlock(const Panels& in, const float* images, const Panels& out, const float* gradients, long count,
                     long k0, long k1, long n0, long n1, bool add) const {
    const long across = pieces(n1 - n0, COLUMNS), stripSize = STRIP * COLUMNS;
    const long step = oddLines(pieces(k1 - k0, STRIP) * across * stripSize);
    const Scratch products(PLACES * step);
    for (long t = 0; t < PLACES; t++)
      for (long n = 0; n < across; n++)
        for (long k = k0; k < k1; k += STRIP)
          multiply<STRIP, 1, PANEL, false>(images + t * in.step + in.at(0, k),
                                           gradients + t * out.step + out.at(0, n0 + n * COLUMNS),
                                           products.data() + t * step + ((k - k0) / STRIP * across + n) * stripSize,
                                           count, false);
    const long K = source.channels, N = target.channels;
    for (long k = k0; k < k1; k++)
      for (long n = n0; n < n1; n += LANES) {
        const long strip = (k - k0) / STRIP * across + (n - n0) / COLUMNS;
        const float* from = products.data() + strip * stripSize + (k - k0) % STRIP * COLUMNS + (n - n0) % COLUMNS;
        float* to = dFilter + k * N + n;
        const long lanes = std::min<long>(LANES, n1 - n);
        const auto get = [&](int i, int j) { return load(from + (i * PATCH + j) * step); };
        if (lanes == LANES)
          square<FilterGradTransform>(get, [&](int i, int j, vf v) {
            float* at = to + (i * FILTER + j) * K * N;
            store(at, add ? load(at) + v : v);
          });
        else
          square<FilterGradTransform>(get, [&](int i, int j, vf v) {
            float* at = to + (i * FILTER + j) * K * N;
            storePart(at, add ? loadPart(at, lanes) + v : v, lanes);
          });
      }
  }
};

struct WinogradFilterGradKernel {
  std::vector<int64_t> before;
  explicit WinogradFilterGradKernel(Attributes& attributes) : before(attributes.integers("before", 2)) {}

  void compute(Call& call) {
    TF_Tensor *xTensor = call.input(0), *dyTensor = call.input(1);
    const std::vector<int64_t> in = shapeOf(xTensor), out = shapeOf(dyTensor);
    if (in.size() != 4 || out.size() != 4 || in[0] != out[0]) {
      call.fail("the gradient of Winograd's convolution takes maps of the same images");
      return;
    }
    float* dFilter = call.output(0, {FILTER, FILTER, in[3], out[3]});
    if (!dFilter) return;
    FilterGradient{valuesOf(xTensor), valuesOf(dyTensor), Maps(in), Maps(out), before[0], before[1], dFilter}.run();
  }
};

}  // namespace
}  // namespace winograd

void registerWinogradFilter() {
  registerOp<winograd::WinogradFilterGradKernel>("InvolveWinogradFilterGrad", {"x: float", "dy: float"},
                                                 {"dfilter: float"}, {"before: list(int)"}, shapesUnknown);
}

}  // namespace involve
