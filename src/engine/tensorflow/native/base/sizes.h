// Into how many pieces work is cut, and what is rounded up to whole ones.
#pragma once

namespace involve {

constexpr long pieces(long total, long most) { return (total + most - 1) / most; }
constexpr long roundUp(long value, long step) { return pieces(value, step) * step; }

}  // namespace involve
