// Dense 3×3 convolutions of stride 1 by Winograd's F(4×4, 3×3), and their gradient to the input, which is a convolution
// with the filter turned: see transforms.h.
//
// An output tile of 4×4 places needs 36 products a pair of channels instead of 144. So there are 36 products of
// matrices, [tiles, channels] · [channels, outputs], one for each place of a transformed tile. Transformed tiles go
// through memory, a bounded number at a time; transformed filters and the products stay in a core's own cache.
// No sum depends on how the work is cut, except along the channels, which are cut by their number alone.
#include <algorithm>
#include <vector>

#include "base/op.h"
#include "base/pool.h"
#include "base/scratch.h"
#include "winograd/tiles.h"

namespace involve {
namespace winograd {
namespace {

/** Channels that are multiplied at a time, at most; so many floats are from tile to tile of transformed tiles. */
constexpr long ROW = 160;
/** Transformed tiles that are in memory at a time, so that they stay within the last cache. */
constexpr long CHUNK_FLOATS = 2 << 20;
/** Tiles and outputs whose products fit into a core's cache. */
constexpr long BLOCK_TILES = 64, BLOCK_OUTPUTS = 32;
/** Channels whose filters are fetched ahead. */
constexpr long AHEAD = 8;
/** From tap to tap of a filter that is turned. */
constexpr long TAP_STEP = oddLines(ROW * BLOCK_OUTPUTS);
/** Tiles that are transformed in one piece of work. */
constexpr long GROUP = 8;

struct Filter {
  const float* values;
  /** Whether this is the filter [3, 3, outputs, channels] of the convolution that a gradient is of. */
  bool turned;
  long channels, outputs;
};

/** Rows of at most BLOCK_OUTPUTS values to columns: to[k][n] = from[n·step + k]. */
void transpose(const float* from, long step, long columns, long count, float* to) {
  constexpr long W = BLOCK_OUTPUTS;
  const long wholeK = count / 4 * 4, wholeN = columns / 4 * 4;
  for (long n = 0; n < wholeN; n += 4)
    for (long k = 0; k < wholeK; k += 4) {
      const float* at = from + n * step + k;
      const v4 r0 = load4(at), r1 = load4(at + step), r2 = load4(at + 2 * step), r3 = load4(at + 3 * step);
      const v4 low01 = INVOLVE_SHUFFLE(r0, r1, 0, 4, 1, 5), high01 = INVOLVE_SHUFFLE(r0, r1, 2, 6, 3, 7);
      const v4 low23 = INVOLVE_SHUFFLE(r2, r3, 0, 4, 1, 5), high23 = INVOLVE_SHUFFLE(r2, r3, 2, 6, 3, 7);
      float* out = to + k * W + n;
      store4(out, INVOLVE_SHUFFLE(low01, low23, 0, 1, 4, 5));
      store4(out + W, INVOLVE_SHUFFLE(low01, low23, 2, 3, 6, 7));
      store4(out + 2 * W, INVOLVE_SHUFFLE(high01, high23, 0, 1, 4, 5));
      store4(out + 3 * W, INVOLVE_SHUFFLE(high01, high23, 2, 3, 6, 7));
    }
  for (long k = 0; k < count; k++)
    for (long n = k < wholeK ? wholeN : 0; n < columns; n++) to[k * W + n] = from[n * step + k];
}

/**
 * The transformed filter of channels [k0, k0 + count) and outputs [n0, n0 + columns): [36][panels][blockK][COLUMNS],
 * `step` from place to place, `panel` from panel to panel.
 */
void transformFilter(const Filter& filter, long k0, long count, long n0, long columns, float* taps, float* to,
                     long step, long panel) {
  const long K = filter.channels, N = filter.outputs;
  const float* from = filter.values + k0 * N + n0;
  long tapStep = K * N, rowStep = N;
  if (filter.turned) {
    from = taps;
    tapStep = TAP_STEP;
    rowStep = BLOCK_OUTPUTS;
    for (long tap = 0; tap < FILTER * FILTER; tap++)
      transpose(filter.values + ((FILTER * FILTER - 1 - tap) * N + n0) * K + k0, K, columns, count,
                taps + tap * tapStep);
  }
  for (long k = 0; k < count; k++) {
    const float* row = from + k * rowStep;
    // Rows are far apart, often on pages of their own: no processor foresees that.
    for (long tap = 0; tap < FILTER * FILTER; tap++)
      for (long n = 0; n < columns; n += LINE) __builtin_prefetch(row + tap * tapStep + AHEAD * rowStep + n);
    for (long n = 0; n < roundUp(columns, COLUMNS); n += LANES) {
      float* out = to + n / COLUMNS * panel + k * COLUMNS + n % COLUMNS;
      const auto put = [&](int i, int j, vf v) { store(out + (i * PATCH + j) * step, v); };
      const long lanes = columns - n;
      if (lanes >= LANES)
        square<FilterTransform>([&](int i, int j) { return load(row + (i * FILTER + j) * tapStep + n); }, put);
      else if (lanes > 0)
        square<FilterTransform>([&](int i, int j) { return loadPart(row + (i * FILTER + j) * tapStep + n, lanes); },
                                put);
      else
        square<FilterTransform>([&](int, int) { return vf{}; }, put);
    }
  }
}

/** The 36 products of a tile and a vector of outputs, from the output n on, to its places in the maps. */
INVOLVE_INLINE void transformOutput(const float* products, long step, const Table<TILE, float>& table, long n,
                                    long lanes) {
  const auto get = [&](int i, int j) { return load(products + (i * PATCH + j) * step); };
  if (lanes >= LANES)
    square<OutputTransform>(get, [&](int i, int j, vf v) { store(table.places[i][j] + n, v); });
  else
    square<OutputTransform>(get, [&](int i, int j, vf v) { storePart(table.places[i][j] + n, v, lanes); });
}

/** One convolution: `top` and `left` zeros are before the source. */
struct Convolution {
  const float* x;
  Maps source;
  Filter filter;
  float* y;
  Maps target;
  long top, left;

  void run() const {
    const Tiles tiles(target);
    const long K = source.channels, N = target.channels;
    const long blockK = evenly(K, ROW, LANES), blocksK = pieces(K, blockK);
    const long chunk = evenly(tiles.count, std::max(1L, CHUNK_FLOATS / (blocksK * PLACES * ROW)));
    const long step = oddLines(chunk * ROW), blockStep = PLACES * step;
    const Scratch rows(blocksK * blockStep);
    const std::vector<float> zeros(K);
    const long block = evenly(chunk, BLOCK_TILES);
    const long blockN = evenly(N, BLOCK_OUTPUTS, COLUMNS), blocksN = pieces(N, blockN);
    for (long first = 0; first < tiles.count; first += chunk) {
      const long count = std::min(chunk, tiles.count - first);
      parallelPieces(count, GROUP, [&](long begin, long end) {
        Table<PATCH, const float> table;
        for (long i = begin; i < end; i++) {
          table.set(tiles, first + i, x, source, top, left, zeros.data());
          transformTile<InputTransform>(table, K, step, [&](long c) {
            return rows.data() + c / blockK * blockStep + i * ROW + c % blockK;
          });
        }
      });
      Pool::get().run(pieces(count, block) * blocksN, [&](long item) {
        const long begin = item / blocksN * block, n0 = item % blocksN * blockN;
        multiplyBlock(tiles, first, begin, std::min(block, count - begin), n0, std::min(blockN, N - n0), rows.data(),
                      step, blockK);
      });
    }
  }

  /** Outputs [n0, n0 + columns) of some transformed tiles. */
  void multiplyBlock(const Tiles& tiles, long first, long begin, long count, long n0, long columns, const float* rows,
                     long step, long blockK) const {
    const long K = source.channels, panels = pieces(columns, COLUMNS);
    const long filterPanel = blockK * COLUMNS, productPanel = count * COLUMNS;
    const long filterStep = oddLines(panels * filterPanel), productStep = oddLines(panels * productPanel);
    const Scratch room(PLACES * (filterStep + productStep) + FILTER * FILTER * TAP_STEP + BLOCK_OUTPUTS);
    float *prepared = room.data(), *products = prepared + PLACES * filterStep;
    float *taps = products + PLACES * productStep, *nowhere = taps + FILTER * FILTER * TAP_STEP;
    const long strip = evenly(count, MAX_ROWS);
    for (long k0 = 0; k0 < K; k0 += blockK, rows += PLACES * step) {
      const long depth = std::min(blockK, K - k0);
      transformFilter(filter, k0, depth, n0, columns, taps, prepared, filterStep, filterPanel);
      for (long t = 0; t < PLACES; t++)
        for (long i = 0; i < count; i += strip) {
          const Multiply multiply = multiplyRows<ROW, 1, true>[std::min(strip, count - i) - 1];
          for (long p = 0; p < panels; p++)
            multiply(rows + t * step + (begin + i) * ROW, prepared + t * filterStep + p * filterPanel,
                     products + t * productStep + p * productPanel + i * COLUMNS, depth, k0 > 0);
        }
    }
    Table<TILE, float> table;
    for (long i = 0; i < count; i++) {
      table.set(tiles, first + begin + i, y + n0, target, 0, 0, nowhere);
      for (long n = 0; n < columns; n += LANES)
        transformOutput(products + n / COLUMNS * productPanel + i * COLUMNS + n % COLUMNS, productStep, table, n,
                        columns - n);
    }
  }
};

bool areMaps(Call& call, const std::vector<int64_t>& maps, const std::vector<int64_t>& filter, int channelsAt) {
  if (maps.size() == 4 && filter.size() == 4 && filter[0] == FILTER && filter[1] == FILTER &&
      filter[channelsAt] == maps[3])
    return true;
  return call.fail("Winograd's convolution takes maps of images and a 3×3 filter of their channels");
}

/** y = x * filter, `before` zeros above and to the left, as many behind as the size of the output asks for. */
struct WinogradKernel {
  std::vector<int64_t> before, size;
  explicit WinogradKernel(Attributes& attributes)
      : before(attributes.integers("before", 2)), size(attributes.integers("size", 2)) {}

  void compute(Call& call) {
    TF_Tensor *xTensor = call.input(0), *filterTensor = call.input(1);
    const std::vector<int64_t> in = shapeOf(xTensor), filter = shapeOf(filterTensor);
    if (!areMaps(call, in, filter, 2)) return;
    const std::vector<int64_t> out = {in[0], size[0], size[1], filter[3]};
    float* y = call.output(0, out);
    if (!y) return;
    Convolution{valuesOf(xTensor), Maps(in), {valuesOf(filterTensor), false, filter[2], filter[3]}, y, Maps(out),
                before[0],         before[1]}
        .run();
  }
};

/** The gradient of that to x, of the height and width `size`. */
struct WinogradInputGradKernel : WinogradKernel {
  using WinogradKernel::WinogradKernel;

  void compute(Call& call) {
    TF_Tensor *dyTensor = call.input(0), *filterTensor = call.input(1);
    const std::vector<int64_t> out = shapeOf(dyTensor), filter = shapeOf(filterTensor);
    if (!areMaps(call, out, filter, 3)) return;
    const std::vector<int64_t> in = {out[0], size[0], size[1], filter[2]};
    float* dx = call.output(0, in);
    if (!dx) return;
    Convolution{valuesOf(dyTensor),     Maps(out), {valuesOf(filterTensor), true, filter[3], filter[2]}, dx, Maps(in),
                FILTER - 1 - before[0], FILTER - 1 - before[1]}
        .run();
  }
};

}  // namespace
}  // namespace winograd

void registerWinograd() {
  using namespace winograd;
  registerOp<WinogradKernel>("InvolveWinograd", {"x: float", "filter: float"}, {"y: float"},
                             {"before: list(int)", "size: list(int)"}, shapesUnknown);
  registerOp<WinogradInputGradKernel>("InvolveWinogradInputGrad", {"dy: float", "filter: float"}, {"dx: float"},
                                      {"before: list(int)", "size: list(int)"}, shapesUnknown);
}

}  // namespace involve
